import { Marked, Segmented, SelectField, TextArea, TextField } from '@/ui'
import type { InputField, InputState } from './input'
import style from './Trial.module.css'

/** The input of an action or proxy: a form made from its fields, or JSON. */
export function InputForm({ fields, state }: { fields: InputField[]; state: InputState }) {
  const { mode, wrong } = state
  return (
    <div className={style.stack}>
      <div className={style.between}>
        <h3>Input</h3>
        {fields.length > 0 && (
          <Segmented
            label="How the input is written"
            value={mode}
            onChange={next => state.setMode(next === 'json' ? 'json' : 'form')}
            segments={[
              { value: 'form', label: 'Form' },
              { value: 'json', label: 'JSON' },
            ]}
          />
        )}
      </div>
      {mode === 'json' ? (
        <TextArea
          label="Input as JSON"
          hideLabel
          mono
          rows={10}
          value={state.json}
          onChange={state.setJson}
          error={wrong?.problem}
          help={fields.length === 0 ? 'It names no fields; {} is an empty input.' : undefined}
        />
      ) : (
        fields.map(field => (
          <InputControl
            key={field.name}
            field={field}
            value={state.texts[field.name] ?? ''}
            onChange={text => state.setText(field.name, text)}
            error={wrong?.field === field.name ? wrong.problem : undefined}
          />
        ))
      )}
    </div>
  )
}

type InputControlProps = {
  field: InputField
  value: string
  onChange: (text: string) => void
  error?: string
}

const inputTypes: Partial<Record<InputField['type'], string>> = {
  email: 'email',
  date: 'date',
  url: 'url',
  password: 'password',
}

function InputControl({ field, value, onChange, error }: InputControlProps) {
  const help = field.help_text ?? field.description
  const about = {
    label: field.label,
    help: help && <Marked text={help} />,
    optional: !field.required,
    error,
    value,
    onChange,
  }
  if (field.type === 'boolean' || field.type === 'select') {
    const choices =
      field.type === 'boolean'
        ? [
            { value: 'true', label: 'Yes' },
            { value: 'false', label: 'No' },
          ]
        : (field.options ?? []).map(option => ({ value: option.value, label: option.name }))
    return <SelectField {...about} options={[{ value: '', label: 'Not set' }, ...choices]} />
  }
  if (field.type === 'textarea' || field.type === 'json') {
    return (
      <TextArea
        {...about}
        mono={field.type === 'json'}
        rows={field.type === 'json' ? 5 : 3}
        placeholder={field.placeholder}
      />
    )
  }
  return (
    <TextField
      {...about}
      type={inputTypes[field.type] ?? 'text'}
      inputMode={field.type === 'number' ? 'decimal' : undefined}
      placeholder={field.placeholder}
      autoComplete="off"
    />
  )
}
