import { useQueryClient } from '@tanstack/react-query'
import { unwrap } from '@/api/client'
import { useGo } from '@/app/links'
import { useScope } from '@/app/scope'
import { Confirm, toast } from '@/ui'
import type { Account } from './account'
import { useRefreshAccounts } from './accounts'

/** Asks, and says what goes with the account. */
export function DeleteAccount({ account, onClose }: { account: Account; onClose: () => void }) {
  const scope = useScope()
  const client = useQueryClient()
  const go = useGo()
  const refresh = useRefreshAccounts()
  const id = account.account_id
  const connections = account.integrations.length
  const remove = async () => {
    const params = { path: { linked_account_id: id } }
    await unwrap(scope.api.DELETE('/api/v2/public/linked-account/{linked_account_id}', { params }))
    toast(`${account.name || id} is deleted`)
    void refresh()
    await go('/accounts')
    client.removeQueries({ queryKey: [...scope.key, 'account', id] })
  }
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Delete ${account.name || id} in ${scope.environmentName}?`}
      action="Delete account"
      typed={scope.environment === 'live' ? id : undefined}
      onConfirm={remove}
    >
      <p>With it go:</p>
      <ul style={{ listStyle: 'disc', paddingLeft: 20 }}>
        <li>
          {connections === 1 ? '1 connection' : `${connections} connections`}, revoked at the
          provider where that can be done
        </li>
        <li>its session tokens, personal access tokens and connect links</li>
        <li>its custom fields and the credentials stored for your own API</li>
      </ul>
      <p>This cannot be undone. The audit log keeps that it was there.</p>
    </Confirm>
  )
}
