import { describe, expect, it } from '@jest/globals';
import { pathMap } from './volumes.ts';

const map = pathMap(
  {
    name: 'main',
    image: 'any',
    volumeMounts: [
      { name: 'config', mountPath: '/etc/job' },
      { name: 'secrets', mountPath: '/etc/job/secrets/' },
      { name: 'config', mountPath: '/etc/one.json', subPath: 'one.json' },
    ],
  },
  '/pod',
  { '/app': '/repository' },
);

describe('the paths of a container', () => {
  it.each([
    ['a file of a mount', '/etc/job/job.json', '/pod/volumes/config/job.json'],
    ['the mount itself', '/etc/job', '/pod/volumes/config'],
    ['a file of an inner mount', '/etc/job/secrets/a', '/pod/volumes/secrets/a'],
    ['a single file that is mounted', '/etc/one.json', '/pod/volumes/config/one.json'],
    ['a file of the image', '/app/job-runtime/main.ts', '/repository/job-runtime/main.ts'],
    ['a path that only begins alike', '/etc/jobs/a', '/etc/jobs/a'],
    ['a word that is no path', 'consumer', 'consumer'],
  ])('leads %s to where it is', (_, word, place) => {
    expect(map(word)).toBe(place);
  });
});
