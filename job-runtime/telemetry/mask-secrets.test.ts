import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maskSecrets, maskValue } from './mask-secrets.ts';

const PEM = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n';

describe('maskSecrets', () => {
  it.each([
    { title: 'a secret', text: 'login hunter2 failed', secrets: ['hunter2'], want: 'login *** failed' },
    { title: 'each place', text: 'hunter2hunter2', secrets: ['hunter2'], want: '******' },
    { title: 'the longer of two first', text: 'hunter22', secrets: ['hunter2', 'hunter22'], want: '***' },
    { title: 'signs of a pattern as they are', text: 'a.c abc', secrets: ['a.c'], want: '*** abc' },
    {
      title: 'what is written as JSON',
      text: String.raw`{"password":"a\"b"}`,
      secrets: ['a"b'],
      want: '{"password":"***"}',
    },
    { title: 'what is written in a URL', text: 'sasl://u:p%40ss@host', secrets: ['p@ss'], want: 'sasl://u:***@host' },
    {
      title: 'each line of a key, but not its frame',
      text: PEM,
      secrets: [PEM],
      want: PEM.replaceAll(/^[^-].*$/gm, '***'),
    },
    { title: 'nothing for an empty secret', text: 'as it is', secrets: ['', '\n'], want: 'as it is' },
    { title: 'nothing where there is no secret', text: 'as it is', secrets: [], want: 'as it is' },
  ])('masks $title', ({ text, secrets, want }) => {
    expect(maskSecrets(text, secrets)).toBe(want);
  });

  it('masks a secret wherever it stands in what is encoded as Base64', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, fc.stringMatching(/^[!-~]{12,40}$/), text, (before, secret, behind) => {
        const encoded = Buffer.from(before + secret + behind).toString('base64');
        const masked = maskSecrets(`got ${encoded}`, [secret]);
        expect(masked).toContain('***');
        // What is left of it is at most the digits that it shares with its neighbours.
        expect(masked.length).toBeLessThanOrEqual(encoded.length + 'got '.length - secret.length);
      }),
    );
  });

  it('leaves no secret in any text', () => {
    const secret = fc.string({ minLength: 4, unit: 'grapheme' }).filter((text) => !/[\r\n*]/.test(text));
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), fc.string(), (secrets, filler) => {
        const masked = maskSecrets(secrets.join(filler) + JSON.stringify(secrets), secrets);
        for (const one of secrets.filter((text) => text.trim() !== '')) expect(masked).not.toContain(one);
      }),
    );
  });
});

describe('maskValue', () => {
  it('masks texts and names at any depth, and nothing else', () => {
    const mask = (text: string): string => maskSecrets(text, ['hunter2']);
    expect(maskValue({ a: ['hunter2', 1, null, true], hunter2: { b: 'x hunter2' } }, mask)).toEqual({
      a: ['***', 1, null, true],
      '***': { b: 'x ***' },
    });
  });
});
