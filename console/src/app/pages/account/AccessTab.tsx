import { useState } from 'react'
import { unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { A } from '@/app/links'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Button, Card, Checkbox, Empty, Notice, Time } from '@/ui'
import { SecretOnce } from '@/ui/SecretOnce'
import { AccessTokens } from './AccessTokens'
import style from './AccountPage.module.css'
import type { Account } from './account'
import { ConnectLinkForm } from './ConnectLinkForm'

/** Ways for the customer, or a program of the customer's, to act. */
export function AccessTab({ account }: { account: Account }) {
  const mayWrite = useMay('accounts.write')
  const id = account.account_id
  return (
    <div className={style.stack}>
      {mayWrite ? (
        <>
          <Card
            title="Connect link"
            description="Opens the Connect portal for this customer, where apps are connected and disconnected."
          >
            <ConnectLinkForm accountId={id} />
          </Card>
          <SessionToken accountId={id} />
        </>
      ) : (
        <Empty title="Your role may not hand out access">
          An owner or admin can give you another role. See <A to="/settings/roles">Roles</A>.
        </Empty>
      )}
      <AccessTokens accountId={id} />
    </div>
  )
}

type Minted = { token: string; refresh_token: string; ends: string; refreshEnds: string }

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

function SessionToken({ accountId }: { accountId: string }) {
  const { api } = useScope()
  const [minted, setMinted] = useState<Minted>()
  const form = useForm({ fresh: false }, async ({ fresh }) => {
    const made = await unwrap(
      api.POST('/api/v2/public/session-token', {
        params: { query: { force_refresh: fresh } },
        body: { linked_account_id: accountId },
      }),
    )
    setMinted({
      token: made.token,
      refresh_token: made.refresh_token,
      ends: inSeconds(made.expires_in),
      refreshEnds: inSeconds(made.refresh_expires_in),
    })
  })
  return (
    <Card
      title="Session token"
      description="For a browser that acts for this customer; mostly your backend mints it. It may read and change this account, connect and disconnect its apps and run its actions. It sees no other account and none of your settings."
    >
      <Checkbox
        label="A new token, even if the current one is still good"
        help="Otherwise the current token is handed out again until its life is nearly over."
        checked={form.values.fresh}
        onChange={fresh => form.set('fresh', fresh)}
      />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <div>
        <Button busy={form.busy} onClick={() => void form.submit()}>
          Mint a session token
        </Button>
      </div>
      {minted && (
        <SecretOnce
          title="Session token"
          note="This page does not keep it. Minting again hands out the same token while it is good."
          secrets={[
            ['Token', minted.token],
            ['Refresh token', minted.refresh_token],
          ]}
          onClose={() => setMinted(undefined)}
        >
          <p>
            The token ends <Time at={minted.ends} />, the refresh token{' '}
            <Time at={minted.refreshEnds} />. Send it as <code>Authorization: Bearer</code>.
          </p>
        </SecretOnce>
      )}
    </Card>
  )
}
