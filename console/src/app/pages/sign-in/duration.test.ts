import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitText } from './duration.ts'

test('a wait is said in hours and minutes, never too short', () => {
  assert.equal(waitText(3 * 3600), '3 hours')
  assert.equal(waitText(3 * 3600 - 59), '3 hours')
  assert.equal(waitText(3 * 3600 - 60), '2 hours 59 minutes')
  assert.equal(waitText(3660), '1 hour 1 minute')
  assert.equal(waitText(1), '1 minute')
  assert.equal(waitText(-5), '1 minute')
})
