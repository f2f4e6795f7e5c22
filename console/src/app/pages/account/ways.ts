import type { Schema } from '@/api/client'

/** One way to connect an application. */
export type Way = Schema<'ApplicationAuthOption'>
export type InputField = Schema<'InputField'>

/** What a form of these fields starts with. */
export const blankOf = (fields: InputField[]): Record<string, string> =>
  Object.fromEntries(
    fields.map(field => [
      field.name,
      field.type === 'boolean'
        ? 'false'
        : field.type === 'select' && field.required
          ? (field.options?.[0]?.value ?? '')
          : '',
    ]),
  )

/** What is sent of what was typed: empty optional fields are left out. */
export function typedOf(fields: InputField[], values: Record<string, string>) {
  const given = fields.flatMap(({ name, type }): [string, string | number | boolean][] => {
    const text = values[name] ?? ''
    if (type === 'boolean') return [[name, text === 'true']]
    if (text === '') return []
    if (type === 'number' && !Number.isNaN(Number(text))) return [[name, Number(text)]]
    return [[name, text]]
  })
  return Object.fromEntries(given)
}
