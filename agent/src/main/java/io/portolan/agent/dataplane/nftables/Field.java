package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Parts of keys and values, with nft's type numbers ({@code enum datatypes} of nft). */
enum Field {
  ADDRESS,
  PROTOCOL,
  PORT,
  /** A number of 32 bits in host order. */
  MARK,
  VERDICT;

  /** {@code NFT_DATA_VERDICT}. */
  static final int VERDICT_TYPE = 0xffffff00;

  /** nft's number of the type. */
  int type(Table table) {
    return switch (this) {
      case ADDRESS -> table.addressType();
      case PROTOCOL -> 12;
      case PORT -> 13;
      case MARK -> 19;
      case VERDICT -> VERDICT_TYPE;
    };
  }

  /** Bytes that the field takes, padded to whole registers. */
  int bytes(Table table) {
    return this == ADDRESS ? table.addressBytes() : this == VERDICT ? 0 : 4;
  }

  /** Bytes of the value itself. */
  int width(Table table) {
    return switch (this) {
      case PROTOCOL -> 1;
      case PORT -> 2;
      case ADDRESS, MARK, VERDICT -> bytes(table);
    };
  }

  /** nft's type number of fields one after the other: 6 bits for each. */
  static int type(List<Field> fields, Table table) {
    int type = 0;
    for (Field field : fields) {
      type = type << 6 | field.type(table);
    }
    return type;
  }

  static int bytes(List<Field> fields, Table table) {
    int bytes = 0;
    for (Field field : fields) {
      bytes += field.bytes(table);
    }
    return bytes;
  }

  /** The value as nft prints it, for messages to people. */
  static String text(List<Field> fields, Table table, byte[] value) {
    var out = new StringBuilder();
    int at = 0;
    for (Field field : fields) {
      int end = at + field.bytes(table);
      if (end > value.length) {
        return out.append("...").toString();
      }
      byte[] part = Arrays.copyOfRange(value, at, end);
      out.append(out.isEmpty() ? "" : " . ").append(field.text(part));
      at = end;
    }
    return out.toString();
  }

  private String text(byte[] part) {
    return switch (this) {
      case ADDRESS -> Ip.of(part).toString();
      case PROTOCOL -> protocol(part[0] & 0xff);
      case PORT -> Integer.toString(ByteBuffer.wrap(part).getShort() & 0xffff);
      case MARK ->
          String.format("0x%08x", ByteBuffer.wrap(part).order(ByteOrder.nativeOrder()).getInt());
      case VERDICT -> "verdict";
    };
  }

  private static String protocol(int number) {
    for (Protocol protocol : Protocol.values()) {
      if (protocol.number() == number) {
        return protocol.name().toLowerCase(Locale.ROOT);
      }
    }
    return Integer.toString(number);
  }
}
