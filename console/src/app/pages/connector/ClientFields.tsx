import type { Form } from '@/api/form'
import { useScope } from '@/app/scope'
import { Choices, SecretField, TextField } from '@/ui'
import type { Choice } from '@/ui/Field'
import type { CatalogueDetail } from './detail'
import type { Settings } from './settings'

type ClientFieldsProps = { detail: CatalogueDetail; form: Form<Settings>; disabled: boolean }

/** Whose OAuth client is used, and the developer's own one. */
export function ClientFields({ detail, form, disabled }: ClientFieldsProps) {
  const { environment } = useScope()
  const { setting, entry } = detail
  return (
    <>
      <Choices
        label="Credential source"
        hideLabel
        value={form.values.credential_source}
        choices={sources(detail, environment === 'live', disabled)}
        onChange={source => form.set('credential_source', source)}
        error={form.errorOf('credential_source')}
      />
      {form.values.credential_source === 'own' && (
        <>
          <TextField
            label="Client id"
            mono
            autoComplete="off"
            readOnly={disabled}
            {...form.text('client_id')}
          />
          <SecretField
            label="Client secret"
            stored={setting.client_secret !== null}
            value={form.values.client_secret}
            onChange={value => form.set('client_secret', value)}
            error={form.errorOf('client_secret')}
            disabled={disabled}
            help={`From your client at ${entry.name}. It is sealed, and never shown again.`}
          />
        </>
      )}
    </>
  )
}

function sources({ setting }: CatalogueDetail, live: boolean, disabled: boolean): Choice[] {
  const own: Choice = {
    value: 'own',
    label: 'Use your own credentials',
    help: 'A client that you have registered at the provider. Customers see your name when they consent.',
    disabled,
  }
  if (setting.credential_source === 'registered') {
    const registered: Choice = {
      value: 'registered',
      label: 'Let Trunnel register',
      help: 'The provider lets clients register themselves; there is nothing to enter.',
      disabled,
    }
    return [registered, own]
  }
  const shared: Choice = {
    value: 'shared',
    label: 'Use shared credentials',
    help: live
      ? 'In Test only. Live needs a client of your own.'
      : setting.shared_credentials_available
        ? "The client of this server's operator, for trying out. In Test only."
        : "This server's operator has set up no shared client for this connector.",
    disabled: disabled || live || !setting.shared_credentials_available,
  }
  return [shared, own]
}
