import type { Form } from '@/api/form'
import { SecretField, SelectField, TextField } from '@/ui'
import type { CatalogueDetail } from './detail'
import { fieldName, type Settings } from './settings'

type DeveloperFieldsProps = { detail: CatalogueDetail; form: Form<Settings>; disabled: boolean }

/** The provider's own extra fields, such as a tenant or a region. */
export function DeveloperFields({ detail, form, disabled }: DeveloperFieldsProps) {
  return detail.developer_fields.map(field => {
    const name = fieldName(field.name)
    const about = {
      label: field.label,
      help: field.help ?? undefined,
      optional: !field.required,
    }
    if (field.secret) {
      return (
        <SecretField
          key={name}
          {...about}
          stored={Boolean(detail.setting.fields[field.name])}
          value={form.values[name]}
          onChange={value => form.set(name, value)}
          error={form.errorOf(name)}
          disabled={disabled}
        />
      )
    }
    if (field.options.length > 0) {
      const options = field.options.map(option => ({ value: option.value, label: option.name }))
      return (
        <SelectField
          key={name}
          {...about}
          {...form.text(name)}
          options={[{ value: '', label: 'Not set' }, ...options]}
          disabled={disabled}
        />
      )
    }
    return (
      <TextField
        key={name}
        {...about}
        {...form.text(name)}
        readOnly={disabled}
        autoComplete="off"
      />
    )
  })
}
