import { useEffect, useRef, useState } from 'react'
import { Fault } from '@/api/fault'
import type { MessageName } from '@/i18n/messages/en'
import { useTranslations } from '@/i18n/Translations'
import { PasswordField, SelectField, TextArea, TextField } from '@/ui/Field'
import style from './AppView.module.css'
import type { InputField } from './context'

type State = ReturnType<typeof useFields>

/** What a customer types for one way to connect. */
export function useFields(known: InputField[]) {
  const [values, setValues] = useState<Record<string, string>>({})
  const [errors, setErrors] = useState<Record<string, string>>({})
  // Counts refusals: each brings the customer to the first field that is wrong.
  const [refusals, setRefusals] = useState(0)
  const set = (name: string, value: string) => {
    setValues(current => ({ ...current, [name]: value }))
    setErrors(({ [name]: _, ...rest }) => rest)
  }
  const refuse = (wrong: Record<string, string>) => {
    setErrors(wrong)
    setRefusals(count => count + 1)
  }
  const given = () => Object.entries(values).filter(([, value]) => value.trim() !== '')
  return {
    known,
    values,
    errors,
    refusals,
    set,
    dirty: given().length > 0,
    /** Says what is missing at its field; whether nothing is. */
    check: (message: string) => {
      const missing = known.filter(field => field.required && !values[field.name]?.trim())
      if (missing.length) refuse(Object.fromEntries(missing.map(field => [field.name, message])))
      else setErrors({})
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
      refuse({ [name]: error.message })
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
  const around = useRef<HTMLDivElement>(null)
  const { refusals } = fields
  useEffect(() => {
    if (refusals) around.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [refusals])
  if (fields.known.length === 0) return null
  return (
    <div ref={around} className={style.fields}>
      {fields.known.map(field => (
        <OneField key={field.name} field={field} fields={fields} />
      ))}
    </div>
  )
}

function OneField({ field, fields }: { field: InputField; fields: State }) {
  const { t } = useTranslations()
  const optional = <span className={style.optional}>{t('optional')}</span>
  const shared = {
    label: field.required ? (
      field.label
    ) : (
      <>
        {field.label} {optional}
      </>
    ),
    help: field.help_text || field.description || undefined,
    error: fields.errors[field.name],
    value: fields.values[field.name] ?? '',
    onChange: (value: string) => fields.set(field.name, value),
    name: field.name,
  }
  const choices = choicesOf(field, t)
  if (choices) {
    return <SelectField {...shared} options={[{ value: '', label: t('choose') }, ...choices]} />
  }
  const text = {
    ...shared,
    placeholder: field.placeholder || undefined,
    required: field.required,
    autoComplete: 'off',
  }
  switch (field.type) {
    case 'password':
      return <PasswordField {...text} words={{ show: t('show'), hide: t('hide') }} />
    case 'textarea':
    case 'json':
      return <TextArea {...text} mono={field.type === 'json'} />
    case 'number':
      return <TextField {...text} inputMode="decimal" />
    case 'email':
    case 'url':
      return <TextField {...text} inputMode={field.type} />
    case 'date':
      return <TextField {...text} type="date" />
    default:
      return <TextField {...text} />
  }
}

function choicesOf(field: InputField, t: (name: MessageName) => string) {
  if (field.options?.length)
    return field.options.map(option => ({ value: String(option.value), label: option.name }))
  if (field.type !== 'boolean') return undefined
  return [
    { value: 'true', label: t('yes') },
    { value: 'false', label: t('no') },
  ]
}
