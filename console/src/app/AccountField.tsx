import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { Combobox } from '@/ui'
import { type Scope, useScope } from './scope'

/** The first accounts that match; the newest ones for an empty text. */
export const accountsQuery = (scope: Scope, search: string) => ({
  queryKey: [...scope.key, 'account', 'choose', search],
  queryFn: () =>
    unwrap(
      consoleApi.GET('/console/api/{app_id}/{environment}/account', {
        params: { path: scope.path, query: { search: search || undefined, limit: 20 } },
      }),
    ),
})

type AccountFieldProps = {
  value: string
  onChange: (accountId: string) => void
  help?: string
  error?: string
}

/** A linked account, found by name or id. */
export function AccountField({ value, onChange, help, error }: AccountFieldProps) {
  const scope = useScope()
  const [search, setSearch] = useState('')
  const { data } = useQuery({
    ...accountsQuery(scope, useDeferredValue(search.trim())),
    placeholderData: keepPreviousData,
  })
  const items = (data?.accounts ?? []).map(account => ({
    value: account.account_id,
    label: account.name ?? account.account_id,
    more: account.name ? account.account_id : undefined,
  }))
  return (
    <Combobox
      label="Linked account"
      placeholder="Name or id"
      none={
        data?.total === 0
          ? `There are no linked accounts in ${scope.environmentName} yet.`
          : 'No linked account has this name or id.'
      }
      {...{ items, value, onChange, help, error }}
      onSearch={setSearch}
    />
  )
}
