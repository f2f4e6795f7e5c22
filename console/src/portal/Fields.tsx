import { useState } from 'react'
import { Fault } from '@/api/fault'
import { useTranslations } from '@/i18n/Translations'
import { PasswordField, SelectField, TextField } from '@/ui/Field'
import type { InputField } from './context'

type State = ReturnType<typeof useFields>

/** What a customer types for one way to connect. */
export function useFields(known: InputField[]) {
  const [values, setValues] = useState<Record<string, string>>({})
  const [errors, setErrors] = useState<Record<string, string>>({})
  const set = (name: string, value: string) => {
    setValues(current => ({ ...current, [name]: value }))
    setErrors(({ [name]: _, ...rest }) => rest)
  }
  const given = () => Object.entries(values).filter(([, value]) => value.trim() !== '')
  return {
    known,
    values,
    errors,
    set,
    dirty: given().length > 0,
    /** Says what is missing at its field; whether nothing is. */
    check: (message: string) => {
      const missing = known.filter(field => field.required && !values[field.name]?.trim())
      setErrors(Object.fromEntries(missing.map(field => [field.name, message])))
      return missing.length === 0
    },
    texts: (): Record<string, string> => Object.fromEntries(given()),
    typed: (): Record<string, unknown> =>
      Object.fromEntries(
        given().map(([name, value]) => [
          name,
          typedValue(
            known.find(field => field.name === name),
            value,
          ),
        ]),
      ),
    /** Puts a fault at the field that it names; whether it names one. */
    blame: (error: unknown): boolean => {
      if (!(error instanceof Fault) || !error.field) return false
      const name = error.field
      if (!known.some(field => field.name === name)) return false
      setErrors({ [name]: error.message })
      return true
    },
    forget: () => setValues({}),
  }
}

/** A number or a switch goes as what it is. */
function typedValue(field: InputField | undefined, text: string): unknown {
  if (field?.type === 'number' && text.trim() !== '' && !Number.isNaN(Number(text)))
    return Number(text)
  if (field?.type === 'boolean') return text === 'true'
  return text
}

export function Fields({ fields }: { fields: State }) {
  const { t } = useTranslations()
  return fields.known.map(field => {
    const shared = {
      label: field.label,
      help: field.help_text || undefined,
      error: fields.errors[field.name],
      value: fields.values[field.name] ?? '',
      onChange: (value: string) => fields.set(field.name, value),
      name: field.name,
    }
    const label = field.required ? field.label : `${field.label} (${t('optional')})`
    const options = choicesOf(field)
    if (options) {
      const all = [{ value: '', label: t('choose') }, ...options]
      return <SelectField key={field.name} {...shared} label={label} options={all} />
    }
    const text = {
      ...shared,
      label,
      placeholder: field.placeholder || undefined,
      required: field.required,
    }
    return field.type === 'password' ? (
      <PasswordField key={field.name} {...text} words={{ show: t('show'), hide: t('hide') }} />
    ) : (
      <TextField
        key={field.name}
        {...text}
        autoComplete="off"
        inputMode={field.type === 'number' ? 'decimal' : undefined}
      />
    )
  })
}

function choicesOf(field: InputField) {
  if (field.options?.length)
    return field.options.map(option => ({ value: String(option.value), label: option.name }))
  if (field.type === 'boolean') return ['true', 'false'].map(value => ({ value, label: value }))
  return undefined
}
