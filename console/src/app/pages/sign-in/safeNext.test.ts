import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeNext } from './safeNext.ts'

const here = 'https://trunnel.example.com'

test('a page of this Console is followed, with its filters', () => {
  const page = '/console/app_1/live/audit?days=30&actor=cli#top'
  assert.equal(safeNext(page, here), page)
  assert.equal(safeNext(`${here}/console/app_1/test`, here), '/console/app_1/test')
})

test('what leads elsewhere is not followed', () => {
  const elsewhere = [
    undefined,
    '',
    'https://evil.example/console',
    '//evil.example/console',
    '/\\evil.example/console',
    'https://trunnel.example.com@evil.example/console',
    'javascript:alert(1)',
    '/consolefoo',
    '/console/../api/v2/public/linked-account',
    '/api/v2/public/linked-account',
    'http://trunnel.example.com/console',
  ]
  for (const next of elsewhere) assert.equal(safeNext(next, here), '/console', String(next))
})

test('a page before the sign-in is not returned to', () => {
  for (const page of ['sign-in', 'setup/abc', 'invitation/abc', 'reset/abc', 'two-factor']) {
    assert.equal(safeNext(`/console/${page}`, here), '/console')
  }
})
