import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byDay, dayName } from './days.ts'

const at = (year: number, month: number, day: number, hour: number) => ({
  created_at: new Date(year, month, day, hour).toISOString(),
})

test('entries stand under the day of the reader', () => {
  const entries = [at(2026, 10, 24, 23), at(2026, 10, 24, 0), at(2026, 10, 23, 23)]
  const days = byDay(entries)
  assert.deepEqual(
    days.map(day => day.entries.length),
    [2, 1],
  )
  assert.deepEqual(
    days.flatMap(day => day.entries),
    entries,
  )
})

test('a day close by has a word for it', () => {
  const now = new Date(2026, 2, 1, 9)
  assert.equal(dayName(new Date(2026, 2, 1).toDateString(), now, 'en'), 'Today')
  assert.equal(dayName(new Date(2026, 1, 28).toDateString(), now, 'en'), 'Yesterday')
  assert.equal(
    dayName(new Date(2026, 1, 27).toDateString(), now, 'en'),
    'Friday, February 27, 2026',
  )
})
