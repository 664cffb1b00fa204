package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** How the service proxies of a set of nodes must work. Cluster-scoped. */
@Group("portolan.io")
@Version("v1alpha1")
@Kind("ProxyConfig")
@Singular("proxyconfig")
@Plural("proxyconfigs")
@JsonClassDescription(
    """
    How the service proxies of a set of nodes must work. Each change becomes a revision that \
    moves to the nodes within rollout.maxUnavailable. Minimal: an empty spec, which rules every \
    node with mode nftables.""")
@ValidationRule(
    value =
        "size(self.metadata.name) <= 40"
            + " && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
    message =
        "metadata.name must be at most 40 lower case letters, digits and -, beginning and ending"
            + " with a letter or digit: other objects are named after it")
@AdditionalPrinterColumn(
    name = "Mode",
    jsonPath = ".spec.mode",
    type = AdditionalPrinterColumn.Type.STRING,
    getDescription = "How the kernel is programmed")
@AdditionalPrinterColumn(
    name = "Nodes",
    jsonPath = ".status.nodes.matched",
    type = AdditionalPrinterColumn.Type.INTEGER,
    getDescription = "Nodes that this ProxyConfig rules")
@AdditionalPrinterColumn(
    name = "Updated",
    jsonPath = ".status.nodes.updated",
    type = AdditionalPrinterColumn.Type.INTEGER,
    getDescription = "Nodes that run the update revision")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.nodes.ready",
    type = AdditionalPrinterColumn.Type.INTEGER,
    getDescription = "Nodes that are ready")
@AdditionalPrinterColumn(
    name = "Phase",
    jsonPath = ".status.rollout.phase",
    type = AdditionalPrinterColumn.Type.STRING,
    getDescription = "Where the rollout stands")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE,
    getDescription = "Time since it was created")
@AdditionalPrinterColumn(
    name = "Revision",
    jsonPath = ".status.updateRevision",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1,
    getDescription = "The revision that nodes move to")
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.rollout.message",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1,
    getDescription = "What the rollout does or waits for")
@ShortNames("pxc")
public class ProxyConfig extends CustomResource<ProxyConfigSpec, ProxyConfigStatus> {}
