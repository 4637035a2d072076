// 100,000 records through kafkajs: `node round_trip.js BOOTSTRAP`, run beside its node_modules.
// kafkajs consumes with groups only, so reading goes through its own fetch of one partition (its Broker class), which
// its consumer uses too. The formula is that of records.py.
'use strict'
const assert = require('assert')
const path = require('path')
const { createRequire } = require('module')
const load = createRequire(path.join(process.cwd(), 'package.json'))
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = load('kafkajs')
const lz4 = load('lz4js')
const xxh32 = load('lz4js/xxh32.js')

// Kafka takes lz4 frames of independent blocks only. lz4js does not set that flag, but a batch is one block to it.
function independent (frame) {
  frame[4] |= 0x20
  frame[6] = xxh32.hash(0, frame, 4, 2) >>> 8
  return Buffer.from(frame)
}

CompressionCodecs[CompressionTypes.Snappy] = load('kafkajs-snappy')
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async encoder => independent(lz4.compress(encoder.buffer)),
  decompress: async buffer => Buffer.from(lz4.decompress(buffer)),
})

const PARTITIONS = 3
const BASE_TIME = 1600000000000
const CODECS = ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD']
const PER_TOPIC = 100000 / CODECS.length

const NOISE = Buffer.alloc(65536)
for (let n = 0, x = 12345; n < NOISE.length; n++) {
  x = (Math.imul(x, 1103515245) + 12345) >>> 0
  NOISE[n] = 128 | ((x >>> 16) & 127)
}

function mix (i) {
  let h = Math.imul(i + 1, 2654435761)
  h ^= h >>> 15
  h = Math.imul(h, 2246822519)
  h ^= h >>> 13
  return h >>> 0
}

function slice (start, size) {
  return NOISE.subarray(start, start + size)
}

function record (i) {
  const h = mix(i)
  const kind = h % 100
  const r = h >>> 7
  const size = kind < 90 ? r % 200 : kind < 99 ? r % 2000 : r % 20480
  const headers = {}
  for (let k = 0; k < i % 4; k++) headers['h' + k] = slice((h >>> k) % 40000, (h >>> k) % 20)
  return {
    key: h % 7 === 0 ? null : Buffer.from('k' + h),
    value: h % 211 === 0 && h % 7 !== 0 ? null : slice((h >>> 3) % 40000, size),
    headers,
    timestamp: String(BASE_TIME + 10 * i - (h % 50)),
  }
}

async function loadZstd () {
  const { ZstdCodec } = load('zstd-codec')
  const zstd = await new Promise(resolve => ZstdCodec.run(resolve))
  const simple = new zstd.Simple()
  const streaming = new zstd.Streaming()
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async encoder => Buffer.from(simple.compress(encoder.buffer, 3)),
    decompress: async buffer => Buffer.from(streaming.decompress(buffer)),
  })
}

async function produce (kafka, topic, codec) {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let from = 0; from < PER_TOPIC; from += 2000) {
    const messages = []
    for (let i = from; i < Math.min(from + 2000, PER_TOPIC); i++) messages.push({ ...record(i), partition: i % PARTITIONS })
    await producer.send({ topic, messages, acks: -1, compression: CompressionTypes[codec] })
  }
  await producer.disconnect()
}

function verifyRecord (message, i) {
  const wanted = record(i)
  const where = `record ${i}`
  assert.deepStrictEqual(message.key, wanted.key, `key of ${where}`)
  assert.deepStrictEqual(message.value, wanted.value, `value of ${where}`)
  assert.deepStrictEqual(Object.entries(message.headers), Object.entries(wanted.headers), `headers of ${where}`)
  assert.strictEqual(message.timestamp, wanted.timestamp, `timestamp of ${where}`)
}

// The cluster object under every kafkajs client: metadata and connections.
async function connectCluster (kafka, topic) {
  const create = Object.getOwnPropertySymbols(kafka).find(s => s.description.endsWith('createCluster'))
  const cluster = kafka[create]({ metadataMaxAge: 300000, isolationLevel: 1 })
  await cluster.connect()
  await cluster.addTargetTopic(topic)
  return cluster
}

async function verifyPartition (cluster, topic, partition) {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  const broker = await cluster.findBroker({ nodeId })
  const total = Math.ceil((PER_TOPIC - partition) / PARTITIONS)
  let next = 0
  while (next < total) {
    const answer = await broker.fetch({
      maxWaitTime: 5000, minBytes: 1, maxBytes: 10485760, isolationLevel: 1,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(next), maxBytes: 1048576 }] }],
    })
    const data = answer.responses[0].partitions[0]
    const messages = data.messages.filter(m => Number(m.offset) >= next)
    assert(messages.length > 0, `${topic}-${partition}: nothing at ${next}`)
    for (const message of messages) {
      assert.strictEqual(message.offset, String(next))
      verifyRecord(message, partition + PARTITIONS * next++)
    }
    assert.strictEqual(Number(data.highWatermark), total)
  }
}

async function main () {
  await loadZstd()
  const kafka = new Kafka({ clientId: 'barnabas', brokers: [process.argv[2]], logLevel: logLevel.ERROR })
  const admin = kafka.admin()
  await admin.connect()
  for (const codec of CODECS) {
    const topic = `kafkajs-${codec}`
    await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] })
    await produce(kafka, topic, codec)
    const cluster = await connectCluster(kafka, topic)
    for (let partition = 0; partition < PARTITIONS; partition++) await verifyPartition(cluster, topic, partition)
    await cluster.disconnect()
    console.log(`${codec}: ${PER_TOPIC} records`)
  }
  await admin.disconnect()
}

main().catch(error => { console.error(error); process.exit(1) })
