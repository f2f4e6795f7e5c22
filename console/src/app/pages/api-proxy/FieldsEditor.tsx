import { Plus, X } from 'lucide-react'
import { Button, Card, Checkbox, IconButton, SelectField, TextField } from '@/ui'
import style from './ApiProxy.module.css'
import { type FieldRow, fieldTypes, newField } from './values'

type FieldsEditorProps = {
  fields: FieldRow[]
  onChange: (fields: FieldRow[]) => void
  error?: string
  disabled: boolean
}

/** What a caller gives to the proxy. */
export function FieldsEditor({ fields, onChange, error, disabled }: FieldsEditorProps) {
  const change = (id: string, next: Partial<FieldRow>) =>
    onChange(fields.map(field => (field.id === id ? { ...field, ...next } : field)))
  return (
    <Card
      title="Fields"
      description="What the caller gives; {{input.name}} in the request is its value."
    >
      {fields.length === 0 && <p className={style.quiet}>None: the request is always the same.</p>}
      {fields.map((field, at) => (
        <FieldEditor
          key={field.id}
          field={field}
          noun={field.name || `field ${at + 1}`}
          onChange={next => change(field.id, next)}
          onRemove={() => onChange(fields.filter(other => other.id !== field.id))}
          disabled={disabled}
        />
      ))}
      {error && (
        <div className={style.error} role="alert">
          {error}
        </div>
      )}
      {!disabled && (
        <div>
          <Button small onClick={() => onChange([...fields, newField()])}>
            <Plus aria-hidden="true" /> Add field
          </Button>
        </div>
      )}
    </Card>
  )
}

type FieldEditorProps = {
  field: FieldRow
  noun: string
  onChange: (next: Partial<FieldRow>) => void
  onRemove: () => void
  disabled: boolean
}

function FieldEditor({ field, noun, onChange, onRemove, disabled }: FieldEditorProps) {
  return (
    <fieldset className={style.field}>
      <legend className="visually-hidden">{noun}</legend>
      <div className={style.fieldRow}>
        <TextField label="Name" mono value={field.name} onChange={name => onChange({ name })} />
        <TextField label="Label" value={field.label} onChange={label => onChange({ label })} />
        <SelectField
          label="Type"
          value={field.type}
          onChange={type => onChange({ type })}
          options={fieldTypes.map(type => ({ value: type, label: type }))}
        />
      </div>
      <div className={style.fieldRow}>
        <TextField
          label="Placeholder"
          value={field.placeholder}
          onChange={placeholder => onChange({ placeholder })}
        />
        <TextField
          label="Description"
          value={field.description}
          onChange={description => onChange({ description })}
        />
        <div className={style.fieldEnd}>
          <Checkbox
            label="Required"
            checked={field.required}
            onChange={required => onChange({ required })}
            disabled={disabled}
          />
          {!disabled && (
            <IconButton small label={`Remove ${noun}`} onClick={onRemove}>
              <X />
            </IconButton>
          )}
        </div>
      </div>
    </fieldset>
  )
}
