package io.portolan.agent.others;

import io.portolan.agent.kernel.LegacyTables;
import io.portolan.agent.others.Facts.Chain;
import io.portolan.agent.others.Facts.NftTable;
import io.portolan.agent.service.IpFamily;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads what is in the kernel, in the network namespace of the calling thread. */
final class KernelFacts {
  static final String NFT = "iptables-nft";
  static final String LEGACY = "iptables-legacy";

  private final List<NftTable> tables = new ArrayList<>();
  private final List<Chain> chains = new ArrayList<>();

  private KernelFacts() {}

  /** Tables and chains alone. */
  static Facts rules() {
    var read = new KernelFacts();
    read.nft();
    read.legacy();
    try (var sets = new IpSets();
        var links = new Links()) {
      return new Facts(
          read.tables,
          read.chains,
          sets.names(),
          links.indexes().keySet(),
          VirtualServers.count(),
          List.of(),
          java.util.Map.of());
    }
  }

  private void nft() {
    try (var kernel = new NfTables()) {
      List<NfTables.Table> all = kernel.tables();
      for (IpFamily family : IpFamily.values()) {
        List<NfTables.Table> some = all.stream().filter(table -> table.family() == family).toList();
        if (!some.isEmpty()) {
          nft(kernel, family, some);
        }
      }
    }
  }

  private void nft(NfTables kernel, IpFamily family, List<NfTables.Table> all) {
    List<NfTables.Chain> found = kernel.chains(family, all);
    for (NfTables.Table table : all) {
      List<NfTables.Chain> its = found.stream().filter(c -> c.table().equals(table)).toList();
      if (table.name().equals(Ownership.NFT_TABLE)) {
        boolean hooked = !table.dormant() && its.stream().anyMatch(NfTables.Chain::base);
        tables.add(new NftTable(family, table.name(), hooked));
      } else {
        Set<String> entered = entered(kernel, table, its);
        for (NfTables.Chain chain : its) {
          if (!chain.base()) {
            chains.add(
                new Chain(NFT, family, table.name(), chain.name(), entered.contains(chain.name())));
          }
        }
      }
    }
  }

  /** Asked for only where it decides: there are tables with very many rules. */
  private static Set<String> entered(
      NfTables kernel, NfTables.Table table, List<NfTables.Chain> chains) {
    var entered = new HashSet<String>();
    if (chains.stream().anyMatch(chain -> chain.name().equals(Ownership.SERVICES))) {
      for (NfTables.Chain chain : chains) {
        if (chain.base()) {
          kernel.jumps(table, chain.name()).forEach(jump -> entered.add(jump.target()));
        }
      }
    }
    return entered;
  }

  private void legacy() {
    for (IpFamily family : IpFamily.values()) {
      for (LegacyTables.Chain chain : LegacyTables.chains(family)) {
        chains.add(new Chain(LEGACY, family, chain.table(), chain.name(), chain.entered()));
      }
    }
  }
}
