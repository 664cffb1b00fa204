package io.portolan.operator.controller;

/** One step of a reconcile. */
interface Step {
  /**
   * Brings the cluster one step nearer to what is wanted.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException when the API server cannot be
   *     reached or fails; the whole reconcile is then tried again
   */
  Outcome run(Pass pass);
}
