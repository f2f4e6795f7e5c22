import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { useForm } from '@/api/form'
import {
  Button,
  buttonClass,
  Choices,
  Copyable,
  Dialog,
  LoadFault,
  Notice,
  SelectField,
  Skeleton,
  Spinner,
} from '@/ui'
import { type Application, type Connection, useApplication } from './account'
import { ConnectLinkForm } from './ConnectLinkForm'
import { type Connecting, useConnecting } from './connecting'
import { WayFields } from './WayFields'
import { blankOf, typedOf, type Way } from './ways'

type ConnectDialogProps = {
  accountId: string
  slug: string
  /** The one to renew; without it the account gets a new connection. */
  connection?: Connection
  onClose: () => void
}

/** Connects, or connects again: here, or by the customer with a link. */
export function ConnectDialog({ accountId, slug, connection, onClose }: ConnectDialogProps) {
  const application = useApplication(accountId, slug)
  const [where, setWhere] = useState('here')
  const name = application.data?.name ?? slug
  return (
    <Dialog
      open
      keep
      onClose={onClose}
      title={connection ? `Reconnect ${name}` : `Connect ${name}`}
      description={
        connection?.last_error && `The provider ended the access: ${connection.last_error}`
      }
    >
      <Choices
        label="Who connects"
        value={where}
        onChange={setWhere}
        choices={[
          { value: 'here', label: 'I connect here', help: 'With the customer’s own credentials.' },
          {
            value: 'link',
            label: 'The customer connects',
            help: 'With a link to the Connect portal.',
          },
        ]}
      />
      {where === 'link' ? (
        <ConnectLinkForm accountId={accountId} />
      ) : application.isPending ? (
        <Skeleton lines={3} />
      ) : application.isError ? (
        <LoadFault error={application.error} onRetry={() => void application.refetch()} />
      ) : (
        <Here {...{ accountId, connection, onClose }} application={application.data} />
      )}
    </Dialog>
  )
}

type HereProps = {
  accountId: string
  application: Application
  connection?: Connection
  onClose: () => void
}

function Here({ accountId, application, connection, onClose }: HereProps) {
  const ways = application.auth_options
  const [chosen, setChosen] = useState(connection?.auth_option ?? ways[0]?.id)
  const way = ways.find(({ id }) => id === chosen) ?? ways[0]
  const task = useConnecting({
    accountId,
    slug: application.slug,
    connectionId: connection?.connection_id,
    isNew: !connection && application.connected,
  })
  if (!way) return <Notice tone="warn">This connector offers no way to connect.</Notice>
  if (task.now.state !== 'idle') {
    return (
      <Progress now={task.now} name={application.name} onAgain={task.again} onClose={onClose} />
    )
  }
  return (
    <>
      {ways.length > 1 && (
        <SelectField
          label="Way to connect"
          value={way.id}
          options={ways.map(({ id, label }) => ({ value: id, label }))}
          onChange={setChosen}
        />
      )}
      <WayForm
        key={way.id}
        way={way}
        name={application.name}
        onStart={values => task.start(way, values)}
      />
    </>
  )
}

type WayFormProps = {
  way: Way
  name: string
  onStart: (values: Record<string, string | number | boolean>) => Promise<void>
}

function WayForm({ way, name, onStart }: WayFormProps) {
  const form = useForm(blankOf(way.fields), values => onStart(typedOf(way.fields, values)))
  const submit = () => {
    const missing = way.fields.find(field => field.required && !form.values[field.name]?.trim())
    if (missing) form.setError(missing.name, `${missing.label} is needed.`)
    else void form.submit()
  }
  return (
    <form
      noValidate
      onSubmit={event => {
        event.preventDefault()
        submit()
      }}
      style={{ display: 'grid', gap: 14 }}
    >
      <WayFields fields={way.fields} form={form} />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <div>
        <Button type="submit" kind="primary" busy={form.busy}>
          {way.method === 'redirect' ? `Open ${name}` : 'Connect'}
        </Button>
      </div>
    </form>
  )
}

type ProgressProps = {
  now: Exclude<Connecting, { state: 'idle' }>
  name: string
  onAgain: () => void
  onClose: () => void
}

function Progress({ now, name, onAgain, onClose }: ProgressProps) {
  if (now.state === 'connected') {
    return (
      <Notice tone="good" title={`${name} is connected.`} action={<Done onClose={onClose} />} />
    )
  }
  const again = (
    <Button small onClick={onAgain}>
      Start again
    </Button>
  )
  if (now.state === 'failed') {
    return (
      <Notice tone="bad" title="Not connected." action={again}>
        {now.problem}
      </Notice>
    )
  }
  const url = now.state === 'device' ? now.device.url : now.url
  return (
    <>
      <p role="status">
        <Spinner />{' '}
        {now.state === 'device'
          ? 'Open the provider’s page and type this code there.'
          : now.blocked
            ? 'The browser did not let a window open. Open the page with this button.'
            : `Finish in the window of ${name}. This dialog follows.`}
      </p>
      {now.state === 'device' && <Copyable text={now.device.code} label="Copy the code" />}
      <div style={{ display: 'flex', gap: 8 }}>
        {(now.state === 'device' || now.blocked) && (
          <a
            className={buttonClass({ kind: 'primary', small: true })}
            href={url}
            target="_blank"
            rel="noopener opener"
          >
            Open {name} <ExternalLink aria-hidden="true" />
          </a>
        )}
        {again}
      </div>
    </>
  )
}

const Done = ({ onClose }: { onClose: () => void }) => (
  <Button small onClick={onClose}>
    Done
  </Button>
)
