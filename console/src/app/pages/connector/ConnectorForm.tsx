import { useRef, useState } from 'react'
import { type Form, useForm } from '@/api/form'
import { SaveBar } from '@/app/SaveBar'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import { Button, Card, Confirm, Copyable, Notice, SecretField, toast } from '@/ui'
import { ClientFields } from './ClientFields'
import style from './Connector.module.css'
import { DeveloperFields } from './DeveloperFields'
import { type CatalogueDetail, useChangeConnector } from './detail'
import { ScopesField } from './ScopesField'
import { changeOf, type Settings, settingsOf } from './settings'
import { authNames } from './words'

/** A connector's settings in this environment. Nothing of them counts in the other one. */
export function ConnectorForm({ detail }: { detail: CatalogueDetail }) {
  const { environmentName } = useScope()
  const may = useMay('connectors.write')
  const change = useChangeConnector(detail.entry.slug)
  const known = useRef(detail)
  known.current = detail
  const form = useForm<Settings>(settingsOf(detail), async values => {
    const setting = await change(changeOf(known.current, values))
    known.current = { ...known.current, setting }
  })
  const save = async () => {
    if (!(await form.submit())) return
    form.reset(settingsOf(known.current))
    toast(`${detail.entry.name} saved in ${environmentName}`)
  }
  const takesScopes = detail.scopes.length > 0 || detail.setting.scopes.mandatory !== null
  const takesClient =
    detail.needs_client ||
    detail.setting.client_id !== null ||
    detail.setting.credential_source === 'registered'
  return (
    <form
      className={style.stack}
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void save()
      }}
    >
      <Unsaved when={form.dirty} />
      <WaysToConnect detail={detail} />
      {takesClient && (
        <Card
          title="OAuth client"
          description={`Who asks the customer for consent, in ${environmentName}.`}
        >
          <ClientFields detail={detail} form={form} disabled={!may} />
          <CallbackUrl detail={detail} />
        </Card>
      )}
      {detail.developer_fields.length > 0 && (
        <Card
          title={`What ${detail.entry.name} wants of you`}
          description="The same for all of your customers; they are not asked for it."
        >
          <DeveloperFields detail={detail} form={form} disabled={!may} />
        </Card>
      )}
      {takesScopes && (
        <Card
          title="Permissions and scopes"
          description={`What customers are asked to grant. They must be allowed for your client at ${detail.entry.name}, too.`}
        >
          <ScopesField
            scopes={detail.scopes}
            value={form.values.scopes}
            onChange={scopes => form.set('scopes', scopes)}
            error={form.errorOf('scopes')}
            disabled={!may}
          />
        </Card>
      )}
      {detail.setting.webhook_url && <ProviderEvents detail={detail} form={form} disabled={!may} />}
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      {may ? (
        <SaveBar form={form} />
      ) : (
        <Notice>Your role may look at these settings, but not change them.</Notice>
      )}
    </form>
  )
}

function WaysToConnect({ detail }: { detail: CatalogueDetail }) {
  const keysOnly = !detail.entry.auth_types.includes('oauth2')
  return (
    <Card
      title="Ways to connect"
      description={
        keysOnly
          ? 'Customers enter their own keys in the portal; there is nothing to register at the provider.'
          : 'A customer chooses one of these when connecting.'
      }
    >
      <ul className={style.ways}>
        {detail.auth_options.map(option => (
          <li key={option.id}>
            <span>{option.label}</span>
            <span className={style.quiet}>
              {option.label === authNames[option.auth_type]
                ? ''
                : `${authNames[option.auth_type]} · `}
              <code>{option.id}</code>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

const CallbackUrl = ({ detail }: { detail: CatalogueDetail }) => (
  <div className={style.address}>
    <strong>Callback URL</strong>
    <Copyable text={detail.setting.callback_url} label="Copy callback URL" />
    <span className={style.quiet}>
      Enter it as the redirect URL of your client at {detail.entry.name}, to the letter.
    </span>
  </div>
)

type ProviderEventsProps = { detail: CatalogueDetail; form: Form<Settings>; disabled: boolean }

function ProviderEvents({ detail, form, disabled }: ProviderEventsProps) {
  const { environment, environmentName } = useScope()
  const change = useChangeConnector(detail.entry.slug)
  const [removing, setRemoving] = useState(false)
  const { webhook_url, webhook_secret } = detail.setting
  return (
    <Card
      title="Events from the provider"
      description="One address that receives the events of all of your customers in this environment."
    >
      <div className={style.address}>
        <strong>Single webhook URL</strong>
        <Copyable text={webhook_url ?? ''} label="Copy webhook URL" />
      </div>
      <SecretField
        label="Webhook secret"
        optional
        stored={webhook_secret !== null}
        value={form.values.webhook_secret}
        onChange={value => form.set('webhook_secret', value)}
        error={form.errorOf('webhook_secret')}
        disabled={disabled}
        help={`What ${detail.entry.name} signs its events with. It is never shown again.`}
      />
      {webhook_secret !== null && !disabled && (
        <div>
          <Button small kind="dangerQuiet" onClick={() => setRemoving(true)}>
            Remove the secret
          </Button>
        </div>
      )}
      <Confirm
        open={removing}
        onClose={() => setRemoving(false)}
        title={`Remove the webhook secret in ${environmentName}?`}
        action="Remove the secret"
        typed={environment === 'live' ? detail.entry.slug : undefined}
        onConfirm={() => change({ webhook_secret: null })}
      >
        <p>
          Every secret of this connector ends at once; events that need one are refused until then.
        </p>
      </Confirm>
    </Card>
  )
}
