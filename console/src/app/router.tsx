import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { Broken } from './Broken'
import { Lost } from './Lost'
import { ScopeProvider } from './scope'
import { sessionQuery } from './session'
import { Shell } from './shell/Shell'

const rootRoute = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: Lost,
  errorComponent: Broken,
})

type Module = Record<string, unknown>

/** A page in its own file, loaded when it is first opened. */
const page = <Name extends string>(load: () => Promise<Module>, name: Name) =>
  lazyRouteComponent(load as never, name as never)

const visitor = (path: string, load: () => Promise<Module>, name: string) =>
  createRoute({ getParentRoute: () => rootRoute, path, component: page(load, name) })

const visitorRoutes = [
  visitor('/console/sign-in', () => import('./pages/sign-in/SignInPage'), 'SignInPage'),
  visitor('/console/setup/$token', () => import('./pages/sign-in/SetupPage'), 'SetupPage'),
  visitor(
    '/console/invitation/$token',
    () => import('./pages/sign-in/InvitationPage'),
    'InvitationPage',
  ),
  visitor(
    '/console/forgot-password',
    () => import('./pages/sign-in/ForgotPasswordPage'),
    'ForgotPasswordPage',
  ),
  visitor('/console/reset/$token', () => import('./pages/sign-in/ResetPage'), 'ResetPage'),
]

/** Behind it everybody is signed in, and has two-factor where the policy asks for it. */
const memberRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'member',
  component: Outlet,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery)
    if (!session.member) throw redirect({ to: '/console/sign-in', search: { next: location.href } })
    if (session.two_factor_due && location.pathname !== '/console/two-factor') {
      throw redirect({ to: '/console/two-factor', search: { next: location.href } })
    }
    return { session }
  },
})

const twoFactorRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: '/console/two-factor',
  component: page(() => import('./pages/sign-in/TwoFactorPage'), 'TwoFactorPage'),
})

const LAST_PLACE = 'trunnel-place'

/** To where this browser was last, else the first app's test environment. */
const homeRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: '/console',
  beforeLoad: ({ context }) => {
    const places = context.session.apps.flatMap(app => [`${app.id}/test`, `${app.id}/live`])
    const last = localStorage.getItem(LAST_PLACE) ?? ''
    const place = places.includes(last) ? last : places[0]
    if (place) throw redirect({ to: `/console/${place}` })
  },
})

const scopeRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: '/console/$appId/$environment',
  component: ScopedShell,
  beforeLoad: ({ context, params }) => {
    const known = context.session.apps.some(app => app.id === params.appId)
    if (!known || !isEnvironment(params.environment)) throw redirect({ to: '/console' })
    localStorage.setItem(LAST_PLACE, `${params.appId}/${params.environment}`)
  },
})

const isEnvironment = (text: string) => text === 'test' || text === 'live'

function ScopedShell() {
  const { appId, environment } = scopeRoute.useParams()
  // The key makes every page start anew in another environment: no row, no typed text comes along.
  return (
    <ScopeProvider
      key={`${appId}/${environment}`}
      appId={appId}
      environment={environment === 'live' ? 'live' : 'test'}
    >
      <Shell />
    </ScopeProvider>
  )
}

const scoped = (path: string, load: () => Promise<Module>, name: string) =>
  createRoute({ getParentRoute: () => scopeRoute, path, component: page(load, name) })

const scopedRoutes = [
  scoped('/', () => import('./pages/home/HomePage'), 'HomePage'),
  scoped('/accounts', () => import('./pages/account/AccountsPage'), 'AccountsPage'),
  scoped('/accounts/$accountId', () => import('./pages/account/AccountPage'), 'AccountPage'),
  scoped('/connectors', () => import('./pages/connector/ConnectorsPage'), 'ConnectorsPage'),
  scoped('/connectors/$slug', () => import('./pages/connector/ConnectorPage'), 'ConnectorPage'),
  scoped('/developer/webhooks', () => import('./pages/webhook/WebhooksPage'), 'WebhooksPage'),
  scoped('/developer/webhooks/$id', () => import('./pages/webhook/WebhookPage'), 'WebhookPage'),
  scoped(
    '/developer/deliveries',
    () => import('./pages/delivery/DeliveriesPage'),
    'DeliveriesPage',
  ),
  scoped(
    '/developer/api-proxies',
    () => import('./pages/api-proxy/ApiProxiesPage'),
    'ApiProxiesPage',
  ),
  scoped(
    '/developer/api-proxies/$id',
    () => import('./pages/api-proxy/ApiProxyPage'),
    'ApiProxyPage',
  ),
  scoped('/developer/try-api', () => import('./pages/try-api/TryApiPage'), 'TryApiPage'),
  scoped('/go-live', () => import('./pages/go-live/GoLivePage'), 'GoLivePage'),
  scoped('/audit', () => import('./pages/audit/AuditPage'), 'AuditPage'),
  scoped('/usage', () => import('./pages/usage/UsagePage'), 'UsagePage'),
  scoped(
    '/settings/credentials',
    () => import('./pages/credentials/CredentialsPage'),
    'CredentialsPage',
  ),
  scoped(
    '/settings/portal',
    () => import('./pages/portal-settings/PortalSettingsPage'),
    'PortalSettingsPage',
  ),
  scoped(
    '/settings/organization',
    () => import('./pages/organization/OrganizationPage'),
    'OrganizationPage',
  ),
  scoped('/settings/members', () => import('./pages/member/MembersPage'), 'MembersPage'),
  scoped('/settings/roles', () => import('./pages/member/RolesPage'), 'RolesPage'),
  scoped('/settings/policy', () => import('./pages/organization/PolicyPage'), 'PolicyPage'),
  scoped('/settings/mail', () => import('./pages/organization/MailPage'), 'MailPage'),
  scoped('/profile', () => import('./pages/profile/ProfilePage'), 'ProfilePage'),
]

const routeTree = rootRoute.addChildren([
  ...visitorRoutes,
  memberRoute.addChildren([homeRoute, twoFactorRoute, scopeRoute.addChildren(scopedRoutes)]),
])

export const makeRouter = (queries: QueryClient) =>
  createRouter({
    routeTree,
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
    // Every value of the address is a text; nothing is guessed to be a number.
    parseSearch: search => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: search => {
      const entries = Object.entries(search).filter(([, value]) => value !== undefined)
      const text = new URLSearchParams(
        entries.map(([name, value]) => [name, String(value)]),
      ).toString()
      return text && `?${text}`
    },
  })
