/** What the tests of the process kubelet run. */

/** Serves /readyz with what it was given, and leaves a last message when it is asked to end. */
const SERVER = `
  const { createServer } = require('node:http');
  const { readFileSync, writeFileSync } = require('node:fs');
  const { env } = process;
  const about = { name: env.POD, uid: env.UID, password: env.PASSWORD, greeting: env.GREETING, ip: env.IP };
  const seen = JSON.stringify({ ...about, file: readFileSync(env.FILE, 'utf8'), arguments: process.argv.slice(1) });
  createServer((_, answer) => answer.end(seen)).listen(8080, env.STREAMJOB_HTTP_HOST, () => console.log('serving'));
  process.on('SIGTERM', () => {
    writeFileSync(env.STREAMJOB_TERMINATION_LOG, 'asked to end');
    process.exit(3);
  });
`;

export const IDLE = { command: ['node', '-e', 'setInterval(() => undefined, 1000)'] };

const SERVING = {
  command: ['node', '-e', SERVER],
  args: ['/app', '$(GREETING) world'],
  ports: [{ name: 'http', containerPort: 8080 }],
  env: [
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'known', key: 'password' } } },
    { name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'known', key: 'greeting' } } },
    { name: 'FILE', value: '/etc/test/words/first' },
  ],
  volumeMounts: [
    { name: 'words', mountPath: '/etc/test/words' },
    { name: 'work', mountPath: '/tmp' },
  ],
  readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 1 },
};

const VOLUMES = [
  {
    name: 'words',
    projected: {
      sources: [
        { configMap: { name: 'known', items: [{ key: 'greeting', path: 'first' }] } },
        { secret: { name: 'not-there', optional: true } },
      ],
    },
  },
  { name: 'work', emptyDir: {} },
];

export const pod = (name: string, container: object, spec: object = {}): object => ({
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'main', image: 'any', command: ['node', '-e', ''], ...container }], ...spec },
});

export const deployment = (name: string, owner?: object): object => ({
  metadata: { name, ...(owner && { ownerReferences: [owner] }) },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 5,
        containers: [{ name: 'main', image: 'any', ...SERVING }],
        volumes: VOLUMES,
      },
    },
  },
});
