import type { Form } from '@/api/form'
import { PasswordField, SelectField, Switch, TextArea, TextField } from '@/ui'
import type { InputField } from './ways'

type Values = Record<string, string>

/** The inputs that a way to connect asks for. */
export const WayFields = ({ fields, form }: { fields: InputField[]; form: Form<Values> }) =>
  fields.map(field => <WayField key={field.name} field={field} form={form} />)

function WayField({ field, form }: { field: InputField; form: Form<Values> }) {
  const { name, type, required, placeholder } = field
  const about = {
    label: field.label,
    optional: !required,
    help: field.help_text ?? field.description,
  }
  const text = { ...about, ...form.text(name), placeholder }
  switch (type) {
    case 'password':
      return <PasswordField {...text} />
    case 'textarea':
    case 'json':
      return <TextArea {...text} mono={type === 'json'} />
    case 'boolean':
      return (
        <Switch
          label={field.label}
          help={about.help}
          error={form.errorOf(name)}
          checked={form.values[name] === 'true'}
          onChange={on => form.set(name, String(on))}
        />
      )
    case 'select': {
      const none = required ? [] : [{ value: '', label: 'Not chosen' }]
      const options = (field.options ?? []).map(({ name: label, value }) => ({ label, value }))
      return <SelectField {...about} {...form.text(name)} options={[...none, ...options]} />
    }
    default:
      return <TextField {...text} type={type} autoComplete="off" />
  }
}
