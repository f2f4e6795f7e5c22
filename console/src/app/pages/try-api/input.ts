import { useState } from 'react'
import type { Schema } from '@/api/client'

export type InputField = Schema<'InputField'>
export type Input = Record<string, unknown>
type Read = { input: Input } | { problem: string; field?: string }

/** What is typed into an action's fields, or as JSON in place of them. */
export function useInput(fields: InputField[]) {
  const [mode, setModeState] = useState<'form' | 'json'>('form')
  const [texts, setTexts] = useState<Record<string, string>>({})
  const [json, setJson] = useState('{}')
  const [wrong, setWrong] = useState<{ field?: string; problem: string }>()

  const read = (): Read => (mode === 'json' ? readJson(json) : readFields(fields, texts))
  /** The JSON begins with what the form has; what it can't show stays in the JSON. */
  const setMode = (next: 'form' | 'json') => {
    if (next === 'json') {
      const now = readFields(fields, texts)
      if ('input' in now) setJson(JSON.stringify(now.input, null, 2))
    } else {
      const now = readJson(json)
      if ('input' in now) setTexts(textsOf(now.input))
    }
    setWrong(undefined)
    setModeState(next)
  }
  return {
    mode: fields.length === 0 ? 'json' : mode,
    setMode,
    texts,
    setText: (name: string, text: string) => {
      setTexts(current => ({ ...current, [name]: text }))
      setWrong(undefined)
    },
    json,
    setJson: (text: string) => {
      setJson(text)
      setWrong(undefined)
    },
    wrong,
    setWrong,
    read: () => (fields.length === 0 ? readJson(json) : read()),
  }
}

export type InputState = ReturnType<typeof useInput>

function readJson(text: string): Read {
  try {
    const input: unknown = JSON.parse(text || '{}')
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
      return { input: input as Input }
    }
    return { problem: 'The input is one JSON object.' }
  } catch (error) {
    return { problem: `This is not JSON: ${(error as Error).message}` }
  }
}

function readFields(fields: InputField[], texts: Record<string, string>): Read {
  const input: Input = {}
  for (const field of fields) {
    const text = texts[field.name] ?? ''
    if (text === '') {
      if (field.required) return { field: field.name, problem: 'This is required.' }
      continue
    }
    const value = typedValue(field, text)
    if (value === undefined) {
      const problem = field.type === 'json' ? 'This is not JSON.' : 'This is not a number.'
      return { field: field.name, problem }
    }
    input[field.name] = value
  }
  return { input }
}

function typedValue(field: InputField, text: string): unknown {
  if (field.type === 'boolean') return text === 'true'
  if (field.type === 'number') return Number.isNaN(Number(text)) ? undefined : Number(text)
  if (field.type !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const textsOf = (input: Input) =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
