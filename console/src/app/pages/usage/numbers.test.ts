import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axisTop } from './numbers.ts'

test('an axis ends at a round number that no bar passes', () => {
  const tops = [0, 1, 2, 3, 10, 11, 49, 51, 999, 1001].map(axisTop)
  assert.deepEqual(tops, [1, 1, 2, 5, 10, 20, 50, 100, 1000, 2000])
})
