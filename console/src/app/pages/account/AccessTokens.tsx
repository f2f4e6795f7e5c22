import { useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import {
  Button,
  Card,
  type Column,
  Confirm,
  Dialog,
  Empty,
  LoadFault,
  Notice,
  Skeleton,
  Table,
  TextField,
  Time,
  toast,
} from '@/ui'
import { SecretOnce } from '@/ui/SecretOnce'

type Token = Schema<'AccessToken'>

const LIST = '/console/api/{app_id}/{environment}/account/{account_id}/access-token'

/** Bearers for this account that do not expire. */
export function AccessTokens({ accountId }: { accountId: string }) {
  const scope = useScope()
  const client = useQueryClient()
  const mayWrite = useMay('accounts.write')
  const path = { ...scope.path, account_id: accountId }
  const queryKey = [...scope.key, 'account', accountId, 'access-tokens']
  const query = useQuery({
    queryKey,
    queryFn: () => unwrap(consoleApi.GET(LIST, { params: { path } })),
  })
  const [creating, setCreating] = useState(false)
  const [secret, setSecret] = useState<string>()
  const [ending, setEnding] = useState<Token>()
  const refresh = () => client.invalidateQueries({ queryKey })
  const create = async (name: string) => {
    const made = await unwrap(consoleApi.POST(LIST, { params: { path }, body: { name } }))
    setCreating(false)
    setSecret(made.token)
    void refresh()
  }
  const revoke = async ({ id, name }: Token) => {
    const params = { path: { ...path, id } }
    await unwrap(consoleApi.DELETE(`${LIST}/{id}`, { params }))
    await refresh()
    toast(`${name} is revoked`)
  }
  const tokens = query.data?.access_tokens
  return (
    <Card
      flush
      title="Personal access tokens"
      description="For scripts and agents of this customer. They may do what a session token may, and do not expire."
      actions={
        mayWrite && (
          <Button onClick={() => setCreating(true)}>
            <Plus aria-hidden="true" /> Create token
          </Button>
        )
      }
    >
      {query.isPending ? (
        <Skeleton lines={2} />
      ) : !tokens ? (
        <LoadFault error={query.error} onRetry={() => void query.refetch()} />
      ) : tokens.length === 0 ? (
        <Empty icon={<KeyRound />} title="No tokens">
          A token that is created here acts for this customer until it is revoked.
        </Empty>
      ) : (
        <Table
          label="Personal access tokens"
          columns={columns(mayWrite, setEnding)}
          rows={tokens}
          rowKey={token => token.id}
        />
      )}
      {creating && <CreateToken onCreate={create} onClose={() => setCreating(false)} />}
      {secret && (
        <SecretOnce
          title="Personal access token"
          secrets={[['Token', secret]]}
          onClose={() => setSecret(undefined)}
        >
          <p>
            Send it as <code>Authorization: Bearer</code>.
          </p>
        </SecretOnce>
      )}
      {ending && (
        <Confirm
          open
          onClose={() => setEnding(undefined)}
          title={`Revoke ${ending.name} in ${scope.environmentName}?`}
          action="Revoke token"
          typed={scope.environment === 'live' ? ending.name : undefined}
          onConfirm={() => revoke(ending)}
        >
          <p>Whatever uses it is refused at once. This cannot be undone.</p>
        </Confirm>
      )}
    </Card>
  )
}

const columns = (mayWrite: boolean, onRevoke: (token: Token) => void): Column<Token>[] => [
  { name: 'Name', cell: token => token.name },
  { name: 'Token', cell: token => <code>{token.hint}</code> },
  { name: 'Created by', cell: token => token.created_by },
  { name: 'Created', cell: token => <Time at={token.created_at} /> },
  {
    name: 'Last used',
    cell: ({ last_used_at }) => (last_used_at ? <Time at={last_used_at} /> : 'Never'),
  },
  ...(mayWrite
    ? [
        {
          name: 'Actions',
          hideName: true,
          end: true,
          cell: (token: Token) => (
            <Button
              small
              kind="dangerQuiet"
              aria-label={`Revoke ${token.name}`}
              onClick={() => onRevoke(token)}
            >
              Revoke
            </Button>
          ),
        },
      ]
    : []),
]

type CreateTokenProps = { onCreate: (name: string) => Promise<void>; onClose: () => void }

function CreateToken({ onCreate, onClose }: CreateTokenProps) {
  const form = useForm({ name: '' }, ({ name }) => onCreate(name.trim()))
  const submit = () => {
    if (form.values.name.trim()) void form.submit()
    else form.setError('name', 'Give it a name that says what uses it.')
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Create a personal access token"
      onSubmit={submit}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={form.busy}>
            Create token
          </Button>
        </>
      }
    >
      <TextField
        label="Name"
        help="What will use it, such as a script or an agent."
        autoComplete="off"
        autoFocus
        {...form.text('name')}
      />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
    </Dialog>
  )
}
