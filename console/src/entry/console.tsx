import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '@/ui/base.css'
import { onSignedOut } from '@/api/client'
import { Fault } from '@/api/fault'
import { makeRouter } from '@/app/router'
import { Toasts } from '@/ui'
import { showTheme, storedTheme } from '@/ui/theme'

showTheme(storedTheme())

/** Asking again helps against a network that fails, not against a refusal. */
const worthRetry = (count: number, error: unknown) =>
  !(error instanceof Fault && error.status < 500) && count < 2

const queries = new QueryClient({
  defaultOptions: { queries: { retry: worthRetry, staleTime: 5_000 }, mutations: { retry: false } },
})
const router = makeRouter(queries)

onSignedOut(() => {
  const { pathname, href } = router.state.location
  if (pathname === '/console/sign-in') return
  // A fresh start, so that nothing of this member stays; a page with unsaved changes asks first.
  const search = new URLSearchParams({ next: href, ended: 'yes' })
  location.assign(`/console/sign-in?${search}`)
})

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
          <Toasts />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  )
}
