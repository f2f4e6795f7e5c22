import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvOf, outlineOf } from './csv.ts'

test('a heading names the columns and what follows is counted', () => {
  const text = '\uFEFFlinked_account_id, name\r\nc1,Ada\r\nc2,Bob\r\n'
  assert.deepEqual(outlineOf(text), { columns: ['linked_account_id', 'name'], rows: 2 })
})

test('a quoted comma, quote or line break ends neither cell nor row', () => {
  const text = 'id,"full, name"\nc1,"a ""b"",\nc"\nc2,d'
  assert.deepEqual(outlineOf(text), { columns: ['id', 'full, name'], rows: 2 })
})

test('empty lines are no rows', () => {
  assert.deepEqual(outlineOf('id\n\nc1\n\n\n'), { columns: ['id'], rows: 1 })
  assert.deepEqual(outlineOf(''), { columns: [], rows: 0 })
})

test('what is written is quoted where it must be, and is never a formula', () => {
  const lines = csvOf([
    ['a,b', 'say "x"', 3],
    ['=1+1', '-5', -5],
  ])
  assert.equal(lines, '"a,b","say ""x""",3\r\n\'=1+1,\'-5,-5\r\n')
})
