/**
 * Where the fields of a record batch v2 stand (https://kafka.apache.org/documentation/#recordbatch). Integers are
 * big-endian. A batch is a header of 61 bytes and its records, which may be compressed as one run.
 */

export const BASE_OFFSET_AT = 0;
/** int32: the bytes that follow this field. */
export const LENGTH_AT = 8;
export const LENGTH_COUNTS_FROM = 12;
export const LEADER_EPOCH_AT = 12;
/** int8; at this place in all formats that Kafka ever had. */
export const MAGIC_AT = 16;
export const CRC_AT = 17;
/** The checksum covers everything from here on. */
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;
export const RECORDS_AT = 61;

export const MAGIC = 2;

/** Bits of the attributes; the lowest three are the compression. */
export const COMPRESSION_BITS = 0x07;
/** Set: the broker's clock at the append, the batch's maxTimestamp, is the timestamp of all its records. */
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;

/** Length, attributes, two deltas, two lengths and the number of headers: a byte each at least. */
export const SMALLEST_RECORD = 7;
