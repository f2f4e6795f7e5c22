import { useState } from 'react'
import { Fault, faultText } from './fault'

export type Form<Values> = {
  values: Values
  set: <Name extends keyof Values>(name: Name, value: Values[Name]) => void
  /** Props of a text field: its value, its change and what the server says of it. */
  text: (name: keyof Values & string) => {
    name: string
    value: string
    onChange: (value: string) => void
    error?: string
  }
  errorOf: (name: string) => string | undefined
  setError: (name: string, message: string) => void
  /** What is wrong with the whole and not with a field that is shown. */
  problem?: string
  busy: boolean
  dirty: boolean
  submit: () => Promise<boolean>
  reset: (values?: Values) => void
}

/**
 * A form's state. A second submit while one is on its way does nothing; a failure leaves what was
 * typed; the server's message goes to its field when `fields` has that name (or an alias of it).
 */
export function useForm<Values extends object>(
  initial: Values,
  onSubmit: (values: Values) => Promise<unknown>,
  aliases: Record<string, keyof Values & string> = {},
): Form<Values> {
  const [start, setStart] = useState(initial)
  const [values, setValues] = useState(initial)
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)

  const set = <Name extends keyof Values>(name: Name, value: Values[Name]) => {
    setValues(current => ({ ...current, [name]: value }))
    setErrors(({ [name as string]: _, ...rest }) => rest)
  }
  const fail = (error: unknown) => {
    const named = error instanceof Fault ? error.field : undefined
    const field = named && (aliases[named] ?? named)
    if (field && field in values) setErrors({ [field]: faultText(error) })
    else setProblem(faultText(error))
  }
  const submit = async () => {
    if (busy) return false
    setBusy(true)
    setErrors({})
    setProblem(undefined)
    try {
      await onSubmit(values)
      setStart(values)
      return true
    } catch (error) {
      fail(error)
      return false
    } finally {
      setBusy(false)
    }
  }
  const reset = (next: Values = start) => {
    setStart(next)
    setValues(next)
    setErrors({})
    setProblem(undefined)
  }
  return {
    values,
    set,
    text: name => ({
      name,
      value: String(values[name] ?? ''),
      onChange: value => set(name, value as Values[typeof name]),
      error: errors[name],
    }),
    errorOf: name => errors[name],
    setError: (name, message) => setErrors(current => ({ ...current, [name]: message })),
    problem,
    busy,
    dirty: JSON.stringify(values) !== JSON.stringify(start),
    submit,
    reset,
  }
}
