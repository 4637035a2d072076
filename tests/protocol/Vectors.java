// Writes messages with random values, as Kafka's own classes encode them: one line per message with its name,
// version, bytes in hex and the JSON of Kafka's converter. The same lines each time (the seed is fixed).
//
//   java -cp jars Vectors.java OUT NAME MIN MAX [NAME MIN MAX]...

import java.io.PrintWriter;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.BaseRecords;
import org.apache.kafka.common.record.MemoryRecords;

public class Vectors {
    private static final int SAMPLES = 6;
    private static final String[] PACKAGES = {
        "org.apache.kafka.common.message.", "org.apache.kafka.coordinator.group.generated.",
        "org.apache.kafka.coordinator.transaction.generated."};

    private final Random random = new Random(39);

    public static void main(String[] args) throws Exception {
        try (PrintWriter out = new PrintWriter(args[0], StandardCharsets.UTF_8)) {
            Vectors vectors = new Vectors();
            for (int i = 1; i + 2 < args.length; i += 3) {
                int last = Integer.parseInt(args[i + 2]);
                for (int version = Integer.parseInt(args[i + 1]); version <= last; version++)
                    vectors.samples(out, args[i], (short) version);
            }
        }
    }

    private void samples(PrintWriter out, String name, short version) throws Exception {
        Class<?> type = find(name);
        Class<?> converter = Class.forName(type.getName() + "JsonConverter");
        Schema schema = ((Schema[]) type.getField("SCHEMAS").get(null))[version];
        for (int sample = 0; sample < SAMPLES; sample++) {
            Message message = (Message) type.getConstructor().newInstance();
            if (sample > 0)  // the first is all defaults
                fill(message, schema);
            Object json = converter.getMethod("write", type, short.class, boolean.class)
                .invoke(null, message, version, false);
            out.println(String.join("\t", name, Short.toString(version), hex(message, version), json.toString()));
        }
    }

    private static Class<?> find(String name) throws ClassNotFoundException {
        for (String prefix : PACKAGES) {
            for (String suffix : new String[] {"Data", ""}) {
                try {
                    return Class.forName(prefix + name + suffix);
                } catch (ClassNotFoundException e) {
                    // the next place
                }
            }
        }
        throw new ClassNotFoundException(name);
    }

    private static String hex(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return HexFormat.of().formatHex(buffer.array(), 0, buffer.position());
    }

    private void fill(Object message, Schema schema) throws Exception {
        for (BoundField field : schema.fields()) {
            if (field.def.type instanceof TaggedFields)
                fillTagged(message, (TaggedFields) field.def.type);
            else
                set(message, field.def.name, field.def.type);
        }
    }

    @SuppressWarnings("unchecked")
    private void fillTagged(Object message, TaggedFields tagged) throws Exception {
        Field fields = TaggedFields.class.getDeclaredField("fields");
        fields.setAccessible(true);
        for (var field : ((Map<Integer, org.apache.kafka.common.protocol.types.Field>) fields.get(tagged)).values()) {
            if (random.nextBoolean())
                set(message, field.name, field.type);
        }
    }

    private void set(Object message, String snakeName, Type type) throws Exception {
        Field field = find(message.getClass(), snakeName.replace("_", ""));
        field.setAccessible(true);
        boolean nullable = type.isNullable() || (type instanceof Schema && field.get(message) == null);
        field.set(message, nullable && random.nextInt(4) == 0 ? null : value(field.getGenericType(), type));
    }

    private static Field find(Class<?> type, String lowerCaseName) throws NoSuchFieldException {
        for (Field field : type.getDeclaredFields()) {
            if (field.getName().equalsIgnoreCase(lowerCaseName))
                return field;
        }
        throw new NoSuchFieldException(type.getName() + "." + lowerCaseName);
    }

    private Object value(java.lang.reflect.Type java, Type type) throws Exception {
        if (type.isArray()) return array(java, type.arrayElementType().get());
        if (type instanceof Schema) return struct((Class<?>) java, (Schema) type);
        if (java == boolean.class) return random.nextBoolean();
        if (java == byte.class || java == Byte.class) return (byte) random.nextInt();
        if (java == short.class || java == Short.class) return (short) random.nextInt();
        if (type == Type.UINT16) return random.nextInt(65536);
        if (java == int.class || java == Integer.class) return random.nextInt();
        if (java == long.class || java == Long.class) return random.nextLong();
        if (java == double.class) return random.nextInt(1 << 20) / 64.0;  // exact in every reader of JSON
        if (java == Uuid.class) return new Uuid(random.nextLong(), random.nextLong());
        if (java == String.class) return text();
        if (java == byte[].class) return bytes();
        if (java == ByteBuffer.class) return ByteBuffer.wrap(bytes());
        if (java == BaseRecords.class) return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes()));
        throw new IllegalArgumentException("no value for " + java + " as " + type);
    }

    private Object struct(Class<?> java, Schema schema) throws Exception {
        Object value = java.getConstructor().newInstance();
        fill(value, schema);
        return value;
    }

    // A List<X>, or one of the generated XCollection classes.
    @SuppressWarnings("unchecked")
    private Object array(java.lang.reflect.Type java, Type element) throws Exception {
        boolean plain = java instanceof ParameterizedType;
        Class<?> collection = plain ? ArrayList.class : (Class<?>) java;
        var generic = (ParameterizedType) (plain ? java : collection.getGenericSuperclass());
        Collection<Object> values = (Collection<Object>) collection.getConstructor().newInstance();
        for (int count = random.nextInt(4); count > 0; count--)
            values.add(value(generic.getActualTypeArguments()[0], element));
        return values;
    }

    // Now and then longer than one byte of varint counts, and not only ASCII.
    private String text() {
        int length = random.nextInt(20) == 0 ? 200 : random.nextInt(12);
        StringBuilder text = new StringBuilder();
        while (text.length() < length)
            text.append(random.nextInt(8) == 0 ? "\u00e9" : String.valueOf((char) ('!' + random.nextInt(90))));
        return text.toString();
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(20) == 0 ? 300 : random.nextInt(16)];
        random.nextBytes(bytes);
        return bytes;
    }
}
