import { unwrap } from '@/api/client'
import type { Scope } from '@/app/scope'

/** What can be done at a connector. The API answers for an account only. */
export const actionsQuery = (scope: Scope, slug: string, account: string) => ({
  queryKey: [...scope.key, 'action', slug],
  queryFn: () =>
    unwrap(
      scope.api.GET('/api/v2/integration-schema/{slug}/actions', {
        params: { path: { slug }, header: { linked_account_id: account } },
      }),
    ),
  staleTime: 60_000,
})
