import { createServer } from 'https';
import type { AddressInfo } from 'net';
import type { Cluster } from './cluster';

/** What the injector adds to every pod. */
export const SIDECAR = 'docker.io/istio/proxyv2:1.24.1';

/** A webhook that adds a sidecar to every pod of a namespace, as service meshes have it, and the end of it. */
export async function startInjector(cluster: Cluster, namespace: string): Promise<() => Promise<void>> {
  // The server's own certificate is for this address too.
  const { cert, key } = cluster.server.certificate;
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    let text = '';
    incoming.on('data', (data) => {
      text += data;
    });
    incoming.on('end', () => {
      const { request } = JSON.parse(text);
      const patch = [
        { op: 'add', path: '/spec/containers/-', value: { name: 'injected', image: SIDECAR } },
        {
          op: 'add',
          path: '/metadata/annotations',
          value: { 'seen-by-injector': request.object.spec.containers[0].image },
        },
      ];
      const response = {
        uid: request.uid,
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      };
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'injector' },
    webhooks: [
      {
        name: 'injector.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        clientConfig: {
          url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
          caBundle: Buffer.from(cert).toString('base64'),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      },
    ],
  };
  await cluster.applied(configuration);
  return async () => {
    await cluster.server.remove(configuration);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}
