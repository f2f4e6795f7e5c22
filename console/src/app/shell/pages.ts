import {
  Activity,
  BookOpenCheck,
  Building2,
  ChartColumn,
  FlaskConical,
  House,
  KeyRound,
  type LucideIcon,
  Mail,
  Palette,
  Plug,
  Rocket,
  Route,
  ScrollText,
  ShieldCheck,
  Users,
  UsersRound,
  Webhook,
} from 'lucide-react'

export type PageEntry = {
  to: string
  name: string
  icon: LucideIcon
  /** Without this permission the page is not offered. */
  permission?: string
  /** `g` and this letter go there. */
  key?: string
  /** What else people call it, for the command palette. */
  words?: string
}

export type PageGroup = { name: string; pages: PageEntry[] }

/** Every page of the navigation, in its order; the palette and the shortcuts read it, too. */
export const pageGroups: PageGroup[] = [
  {
    name: '',
    pages: [
      { to: '/', name: 'Home', icon: House, key: 'h', words: 'overview start' },
      {
        to: '/accounts',
        name: 'Linked accounts',
        icon: UsersRound,
        key: 'a',
        permission: 'accounts.read',
        words: 'customers',
      },
      {
        to: '/connectors',
        name: 'Connectors',
        icon: Plug,
        key: 'c',
        permission: 'apps.read',
        words: 'apps integrations catalogue',
      },
    ],
  },
  {
    name: 'Developer',
    pages: [
      {
        to: '/developer/webhooks',
        name: 'Webhooks',
        icon: Webhook,
        key: 'w',
        permission: 'webhooks.read',
      },
      {
        to: '/developer/deliveries',
        name: 'Deliveries',
        icon: Activity,
        key: 'd',
        permission: 'logs.read',
        words: 'webhook log notifications',
      },
      {
        to: '/developer/api-proxies',
        name: 'API proxies',
        icon: Route,
        key: 'p',
        permission: 'api_proxies.read',
      },
      {
        to: '/developer/try-api',
        name: 'Try API',
        icon: FlaskConical,
        key: 't',
        permission: 'actions.run',
        words: 'actions run',
      },
      {
        to: '/go-live',
        name: 'Go-live checklist',
        icon: Rocket,
        key: 'g',
        permission: 'apps.read',
      },
    ],
  },
  {
    name: 'Maintain',
    pages: [
      { to: '/audit', name: 'Audit', icon: ScrollText, key: 'u', permission: 'audit.read' },
      { to: '/usage', name: 'Usage', icon: ChartColumn, key: 'x', permission: 'usage.read' },
    ],
  },
  {
    name: 'Settings',
    pages: [
      {
        to: '/settings/credentials',
        name: 'Credentials',
        icon: KeyRound,
        key: 'k',
        words: 'api keys vault llm',
      },
      {
        to: '/settings/portal',
        name: 'Connect portal',
        icon: Palette,
        permission: 'settings.read',
        words: 'theme branding origins',
      },
      { to: '/settings/organization', name: 'Organization', icon: Building2 },
      {
        to: '/settings/members',
        name: 'Members',
        icon: Users,
        key: 'm',
        permission: 'members.read',
        words: 'users invite team',
      },
      {
        to: '/settings/roles',
        name: 'Roles',
        icon: BookOpenCheck,
        permission: 'members.read',
        words: 'permissions',
      },
      {
        to: '/settings/policy',
        name: 'Policy',
        icon: ShieldCheck,
        permission: 'settings.read',
        words: 'two-factor mfa',
      },
      {
        to: '/settings/mail',
        name: 'Mail',
        icon: Mail,
        permission: 'settings.read',
        words: 'smtp email',
      },
    ],
  },
]
