/*
 * Kafka's own Java client as a tool for tests: what it writes we must read, and what we write it must read.
 *
 *   StreamJobClient write-batches            a case of records per line of stdin, as JSON → a batch per line, base64
 *   StreamJobClient read-batches             a record set per line, base64 → its batches per line, as JSON
 *   StreamJobClient produce name=value…      records on stdin → the partition and offset of each, in order
 *   StreamJobClient consume name=value…      records of a topic, up to where it ends now
 *
 * Bytes in JSON and in lines are base64, and null is null or "-". A line of a record is, with tabs between:
 *   produce   partition (-1: the client's partitioner chooses), key, value, timestamp ("-": now), headers
 *   consume   partition, offset, key, value, timestamp, headers
 * where the headers are base64:base64,... and the last two fields of produce may be absent.
 * test/harness/kafka/java-client.ts compiles and runs this.
 */
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.EndTransactionMarker;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.MutableRecordBatch;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class StreamJobClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new TreeMap<>();
        for (String argument : Arrays.copyOfRange(arguments, Math.min(1, arguments.length), arguments.length)) {
            String[] pair = argument.split("=", 2);
            options.put(pair[0], pair[1]);
        }
        switch (arguments.length == 0 ? "" : arguments[0]) {
            case "write-batches" -> eachLine(line -> OUT.println(base64(writeBatch(JSON.readTree(line)))));
            case "read-batches" -> eachLine(line -> OUT.println(readBatches(bytes(line))));
            case "produce" -> produce(options);
            case "consume" -> consume(options);
            default -> throw new IllegalArgumentException("no such subcommand: " + String.join(" ", arguments));
        }
        OUT.flush();
    }

    // ---- batches ----

    private static byte[] writeBatch(JsonNode batch) {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        long producerId = batch.path("producerId").asLong(-1);
        short epoch = (short) batch.path("producerEpoch").asInt(-1);
        long baseOffset = batch.path("baseOffset").asLong(0);
        if (batch.hasNonNull("marker")) {
            ControlRecordType type = ControlRecordType.valueOf(batch.get("marker").asText());
            EndTransactionMarker marker = new EndTransactionMarker(type, 3);
            long time = batch.path("timestamp").asLong(0);
            return rest(MemoryRecords.withEndTransactionMarker(baseOffset, time, -1, producerId, epoch, marker).buffer());
        }
        boolean isAppendTime = batch.path("appendTime").isNumber();
        MemoryRecordsBuilder builder = MemoryRecords.builder(
            buffer, RecordBatch.MAGIC_VALUE_V2, Compression.of(batch.path("compression").asText("none")).build(),
            isAppendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME, baseOffset,
            isAppendTime ? batch.get("appendTime").asLong() : RecordBatch.NO_TIMESTAMP, producerId, epoch,
            batch.path("baseSequence").asInt(-1), batch.path("isTransactional").asBoolean(false), -1);
        for (JsonNode record : batch.get("records")) {
            builder.append(record.get("timestamp").asLong(), nullable(record.get("key")), nullable(record.get("value")),
                headersOf(record.path("headers")));
        }
        return rest(builder.build().buffer());
    }

    private static String readBatches(byte[] set) throws IOException {
        ArrayNode batches = JSON.createArrayNode();
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(set)).batches()) {
            batch.ensureValid();
            ObjectNode node = batches.addObject();
            node.put("baseOffset", batch.baseOffset());
            node.put("lastOffset", batch.lastOffset());
            node.put("compression", batch.compressionType().name);
            node.put("maxTimestamp", batch.maxTimestamp());
            node.put("producerId", batch.producerId());
            node.put("producerEpoch", batch.producerEpoch());
            node.put("baseSequence", batch.baseSequence());
            node.put("isTransactional", batch.isTransactional());
            node.put("isControl", batch.isControlBatch());
            ArrayNode records = node.putArray("records");
            for (Record record : batch) describe(record, records.addObject());
        }
        return JSON.writeValueAsString(batches);
    }

    private static void describe(Record record, ObjectNode node) {
        record.ensureValid();
        node.put("offset", record.offset());
        node.put("timestamp", record.timestamp());
        node.put("key", record.hasKey() ? base64(rest(record.key())) : null);
        node.put("value", record.hasValue() ? base64(rest(record.value())) : null);
        ArrayNode headers = node.putArray("headers");
        for (Header header : record.headers()) {
            headers.addArray().add(header.key()).add(header.value() == null ? null : base64(header.value()));
        }
    }

    private static Header[] headersOf(JsonNode pairs) {
        List<Header> headers = new ArrayList<>();
        for (JsonNode pair : pairs) {
            byte[] value = pair.get(1).isNull() ? null : bytes(pair.get(1).asText());
            headers.add(new RecordHeader(pair.get(0).asText(), value));
        }
        return headers.toArray(new Header[0]);
    }

    private static ByteBuffer nullable(JsonNode text) {
        return text == null || text.isNull() ? null : ByteBuffer.wrap(bytes(text.asText()));
    }

    // ---- producer and consumer ----

    /**
     * brokers, topic; compression, acks, batch (bytes), linger (ms), transactionalId with end=commit|abort|leave. All
     * records are one transaction then; "leave" ends the process in the middle of it.
     */
    private static void produce(Map<String, String> options) throws Exception {
        Map<String, Object> settings = new TreeMap<>();
        settings.put("bootstrap.servers", options.get("brokers"));
        settings.put("compression.type", options.getOrDefault("compression", "none"));
        settings.put("acks", options.getOrDefault("acks", "all"));
        settings.put("batch.size", options.getOrDefault("batch", "16384"));
        settings.put("linger.ms", options.getOrDefault("linger", "5"));
        String id = options.get("transactionalId");
        if (id != null) settings.put("transactional.id", id);
        if (!settings.get("acks").equals("all")) settings.put("enable.idempotence", "false");
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            if (id != null) producer.initTransactions();
            if (id != null) producer.beginTransaction();
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            eachLine(line -> sent.add(producer.send(recordOf(options.get("topic"), line.split("\t", -1)))));
            producer.flush();
            for (Future<RecordMetadata> future : sent) {
                RecordMetadata at = future.get();
                OUT.println(at.partition() + "\t" + at.offset());
            }
            OUT.flush();
            if (id != null) endTransaction(producer, options.getOrDefault("end", "commit"));
        }
    }

    private static void endTransaction(KafkaProducer<byte[], byte[]> producer, String how) {
        switch (how) {
            case "commit" -> producer.commitTransaction();
            case "abort" -> producer.abortTransaction();
            case "leave" -> Runtime.getRuntime().halt(0);
            default -> throw new IllegalArgumentException("a transaction cannot end by " + how);
        }
    }

    private static ProducerRecord<byte[], byte[]> recordOf(String topic, String[] fields) {
        int partition = Integer.parseInt(fields[0]);
        String time = fields.length > 3 ? fields[3] : "-";
        List<Header> headers = new ArrayList<>();
        for (String pair : fields.length > 4 && !fields[4].isEmpty() ? fields[4].split(",") : new String[0]) {
            String[] parts = pair.split(":", 2);
            headers.add(new RecordHeader(new String(bytes(parts[0]), StandardCharsets.UTF_8), nullable(parts[1])));
        }
        return new ProducerRecord<>(topic, partition < 0 ? null : partition, time.equals("-") ? null : Long.valueOf(time),
            nullable(fields[1]), nullable(fields[2]), headers);
    }

    /** brokers, topic; isolation=read_committed (default) or read_uncommitted; partitions=0,1 (default: all). */
    private static void consume(Map<String, String> options) {
        Map<String, Object> settings = new TreeMap<>();
        settings.put("bootstrap.servers", options.get("brokers"));
        settings.put("isolation.level", options.getOrDefault("isolation", "read_committed"));
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "earliest");
        String topic = options.get("topic");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            consumer.partitionsFor(topic).forEach(info -> all.add(new TopicPartition(topic, info.partition())));
            if (options.containsKey("partitions")) {
                List<String> wanted = Arrays.asList(options.get("partitions").split(","));
                all.removeIf(of -> !wanted.contains(Integer.toString(of.partition())));
            }
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    TopicPartition of = new TopicPartition(topic, record.partition());
                    if (record.offset() < ends.get(of)) print(record);
                }
            }
        }
    }

    private static void print(ConsumerRecord<byte[], byte[]> record) {
        List<String> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(base64(header.key().getBytes(StandardCharsets.UTF_8)) + ":" + text(header.value()));
        }
        OUT.println(String.join("\t", Integer.toString(record.partition()), Long.toString(record.offset()),
            text(record.key()), text(record.value()), Long.toString(record.timestamp()), String.join(",", headers)));
    }

    // ---- bytes and lines ----

    private interface LineWork {
        void on(String line) throws Exception;
    }

    private static void eachLine(LineWork work) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) work.on(line);
    }

    private static byte[] nullable(String text) {
        return text.equals("-") ? null : bytes(text);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "-" : base64(bytes);
    }

    private static byte[] bytes(String base64) {
        return Base64.getDecoder().decode(base64);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] rest(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
