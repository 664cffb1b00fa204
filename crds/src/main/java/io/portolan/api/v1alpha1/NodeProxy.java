package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * The service proxy of one node, named like the node. The spec is written by the operator alone,
 * the status by that node's agent alone. Cluster-scoped.
 */
@Group("portolan.io")
@Version("v1alpha1")
@Kind("NodeProxy")
@Singular("nodeproxy")
@Plural("nodeproxies")
@JsonClassDescription(
    """
    What the service proxy of one node must run, and what it runs; named like the node. The \
    operator alone writes the spec, the agent of that node alone writes the status: change the \
    ProxyConfig instead.""")
@AdditionalPrinterColumn(
    name = "Mode",
    jsonPath = ".status.mode",
    type = AdditionalPrinterColumn.Type.STRING,
    getDescription = "The mode that serves now")
@AdditionalPrinterColumn(
    name = "Revision",
    jsonPath = ".status.revision",
    type = AdditionalPrinterColumn.Type.STRING,
    getDescription = "The revision that the kernel holds")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
    type = AdditionalPrinterColumn.Type.STRING,
    getDescription = "Whether the kernel holds the plan")
@AdditionalPrinterColumn(
    name = "Services",
    jsonPath = ".status.services",
    type = AdditionalPrinterColumn.Type.INTEGER,
    getDescription = "Service ports in the kernel")
@AdditionalPrinterColumn(
    name = "Endpoints",
    jsonPath = ".status.endpoints",
    type = AdditionalPrinterColumn.Type.INTEGER,
    getDescription = "Endpoints in the kernel")
@AdditionalPrinterColumn(
    name = "Last Sync",
    jsonPath = ".status.lastSync",
    type = AdditionalPrinterColumn.Type.DATE,
    getDescription = "Time since the kernel was last changed")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE,
    getDescription = "Time since it was created")
@AdditionalPrinterColumn(
    name = "Backend",
    jsonPath = ".status.backend",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1,
    getDescription = "Of mode iptables the backend that serves now")
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1,
    getDescription = "Why it is ready or not")
@AdditionalPrinterColumn(
    name = "Agent",
    jsonPath = ".status.versions.agent",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1,
    getDescription = "Version of the agent")
@AdditionalPrinterColumn(
    name = "Kernel",
    jsonPath = ".status.versions.kernel",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1,
    getDescription = "Release of the Linux kernel")
@ShortNames("npx")
public class NodeProxy extends CustomResource<NodeProxySpec, NodeProxyStatus> {}
