import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useState } from 'react'
import { unwrap } from '@/api/client'
import { type Form, useForm } from '@/api/form'
import { atField } from '@/api/nested'
import { useScope } from '@/app/scope'
import { type Pair, pairsOf, valuesOf } from '@/ui/Pairs'
import type { Account } from './account'
import { useRefreshAccounts } from './accounts'

type Values = { name: string; scope: string; udf: Pair[] }
export type DetailsForm = Form<Values>

const fieldsOf = (account: Account) =>
  Object.fromEntries(account.udf.map(({ key_name, key_value }) => [key_name, key_value]))

const valuesIn = (account: Account): Values => ({
  name: account.name ?? '',
  scope: account.scope ?? '',
  udf: pairsOf(fieldsOf(account)),
})

/** Only what has changed is sent, so that what others changed meanwhile stays. */
function changesOf(start: Account, values: Values) {
  const before = fieldsOf(start)
  const after = valuesOf(values.udf)
  const udf: Record<string, string | null> = {}
  for (const name of Object.keys(before)) if (!(name in after)) udf[name] = null
  for (const [name, value] of Object.entries(after)) if (before[name] !== value) udf[name] = value
  return {
    ...(values.name !== (start.name ?? '') && { name: values.name.trim() }),
    ...(values.scope !== (start.scope ?? '') && { scope: values.scope.trim() }),
    ...(Object.keys(udf).length > 0 && { udf }),
  }
}

/** The form of an account's details; it outlives a look at another tab. */
export function useDetailsForm(account: Account): DetailsForm {
  const { api, key } = useScope()
  const client = useQueryClient()
  const refreshLists = useRefreshAccounts()
  const [start, setStart] = useState(account)
  const id = account.account_id
  const form = useForm(valuesIn(account), async values => {
    const body = { linked_account_id: id, ...changesOf(start, values) }
    await atField('udf', unwrap(api.PUT('/api/v2/public/linked-account', { body })))
    await client.invalidateQueries({ queryKey: [...key, 'account', id] })
    void refreshLists()
  })
  const adopt = useEffectEvent((next: Account) => {
    if (form.dirty || form.busy) return
    setStart(next)
    form.reset(valuesIn(next))
  })
  const waits = form.dirty || form.busy
  useEffect(() => {
    if (!waits) adopt(account)
  }, [account, waits])
  return form
}
