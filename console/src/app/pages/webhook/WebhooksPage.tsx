import { Plus, Webhook as WebhookIcon } from 'lucide-react'
import { useState } from 'react'
import { faultText } from '@/api/fault'
import { A, useGo, useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import {
  Badge,
  Button,
  Card,
  type Column,
  Empty,
  LoadFault,
  Page,
  SelectField,
  Skeleton,
  Switch,
  Table,
} from '@/ui'
import { CreateWebhook } from './CreateWebhook'
import style from './WebhooksPage.module.css'
import { useChangeWebhook, useWebhooks, type Webhook } from './webhook'

/** Who is told what. */
export function WebhooksPage() {
  const { environmentName } = useScope()
  const mayRead = useMay('webhooks.read')
  const mayWrite = useMay('webhooks.write')
  const [creating, setCreating] = useState(false)
  const create = mayWrite && (
    <Button kind="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden="true" /> Create webhook
    </Button>
  )
  return (
    <Page
      title="Webhooks"
      description={`Where your backend is told what happens to your customers’ connections in ${environmentName}.`}
      actions={create}
    >
      {mayRead ? (
        <Webhooks create={create} />
      ) : (
        <Empty icon={<WebhookIcon />} title="Your role may not see webhooks">
          An owner or admin can give you another role. See <A to="/settings/roles">Roles</A>.
        </Empty>
      )}
      {creating && <CreateWebhook onClose={() => setCreating(false)} />}
    </Page>
  )
}

function Webhooks({ create }: { create: React.ReactNode }) {
  const go = useGo()
  const query = useWebhooks()
  const [{ group }, setFilter] = useUrlState({ group: '' })
  const all = query.data
  if (query.isPending) return <Skeleton />
  if (!all) return <LoadFault error={query.error} onRetry={() => void query.refetch()} />
  if (all.length === 0) return <NoWebhooks create={create} />
  const groups = [...new Set(all.flatMap(webhook => webhook.group || []))].sort()
  const rows = all.filter(webhook => !group || webhook.group === group)
  return (
    <Card flush>
      {(groups.length > 0 || group) && (
        <search className={style.tools}>
          <SelectField
            label="Group"
            hideLabel
            value={group}
            options={[
              { value: '', label: 'Any group' },
              ...groups.map(name => ({ value: name, label: name })),
            ]}
            onChange={next => void setFilter({ group: next })}
          />
        </search>
      )}
      {rows.length === 0 ? (
        <Empty
          icon={<WebhookIcon />}
          title="No webhook is in this group"
          action={<Button onClick={() => void setFilter({ group: '' })}>Show all webhooks</Button>}
        />
      ) : (
        <Table
          label="Webhooks"
          columns={columns}
          rows={rows}
          rowKey={webhook => webhook._id}
          onRow={webhook => void go(`/developer/webhooks/${webhook._id}`)}
        />
      )}
    </Card>
  )
}

const kinds = { default: 'Default', slack: 'Slack', custom: 'Custom' }

const columns: Column<Webhook>[] = [
  {
    name: 'URL',
    cell: webhook => (
      <div className={style.url}>
        <A to={`/developer/webhooks/${webhook._id}`} title={webhook.webhook_url}>
          {webhook.webhook_url}
        </A>
        {webhook.webhook_description && <span>{webhook.webhook_description}</span>}
      </div>
    ),
  },
  {
    name: 'Events',
    cell: ({ webhook_events }) => (
      <div className={style.events}>
        {webhook_events.map(name => (
          <Badge key={name}>{name}</Badge>
        ))}
      </div>
    ),
  },
  { name: 'Type', cell: ({ webhook_type }) => kinds[webhook_type] },
  { name: 'Group', cell: ({ group }) => group },
  { name: 'Enabled', cell: webhook => <Enabled webhook={webhook} /> },
]

/** It shows what the server has said, and moves when the server has answered. */
export function Enabled({ webhook, label }: { webhook: Webhook; label?: string }) {
  const change = useChangeWebhook()
  const mayWrite = useMay('webhooks.write')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const set = async (is_enabled: boolean) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await change(webhook._id, { is_enabled })
    } catch (error) {
      setProblem(faultText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Switch
      label={label ?? `Enabled: ${webhook.webhook_url}`}
      hideLabel={!label}
      checked={webhook.is_enabled}
      disabled={busy || !mayWrite}
      error={problem}
      onChange={on => void set(on)}
    />
  )
}

function NoWebhooks({ create }: { create: React.ReactNode }) {
  const { environment } = useScope()
  const key = environment === 'live' ? '$TRUNNEL_LIVE_KEY' : '$TRUNNEL_TEST_KEY'
  return (
    <Empty
      icon={<WebhookIcon />}
      title="No webhooks yet"
      action={create}
      command={`curl -X POST ${location.origin}/api/v2/public/webhook \\
  -H "x-api-key: ${key}" -H "content-type: application/json" \\
  -d '{"webhook_url": "https://api.example.com/hooks", "webhook_events": ["Connection Expired"]}'`}
    >
      A webhook is a URL of yours that is told when a customer connects, disconnects or has to
      connect again. Hear at least of expired connections, so that you can ask the customer back.
    </Empty>
  )
}
