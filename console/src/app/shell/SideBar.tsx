import { Link, useLocation, useNavigate } from '@tanstack/react-router'
import { LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { A } from '@/app/links'
import { useScope } from '@/app/scope'
import { useMay, useSignedIn } from '@/app/session'
import { IconButton, Menu } from '@/ui'
import { chooseTheme, storedTheme, type Theme } from '@/ui/theme'
import { type PageEntry, pageGroups } from './pages'
import style from './Shell.module.css'

export function SideBar() {
  return (
    <div className={style.side}>
      <Brand />
      <EnvironmentSwitch />
      <nav className={style.nav} aria-label="Pages">
        {pageGroups.map(group => (
          <div key={group.name}>
            {group.name && <div className={style.group}>{group.name}</div>}
            {group.pages.map(page => (
              <PageLink key={page.to} page={page} />
            ))}
          </div>
        ))}
      </nav>
      <Foot />
    </div>
  )
}

/** The developer app; a list of them where the organization has more than one. */
function Brand() {
  const { apps, organization } = useSignedIn()
  const { appId, environment } = useScope()
  const navigate = useNavigate()
  const name = apps.find(app => app.id === appId)?.name ?? organization?.name ?? 'Trunnel'
  const mark = (
    <>
      <img src="/favicon.svg" alt="" />
      <span className={style.name}>{name}</span>
    </>
  )
  if (apps.length < 2) return <div className={style.brand}>{mark}</div>
  const entries = apps.map(app => ({
    label: app.name,
    onSelect: () => navigate({ to: `/console/${app.id}/${environment}` }),
  }))
  const trigger = (
    <button type="button" className={style.member}>
      {mark}
    </button>
  )
  return (
    <div className={style.brand}>
      <Menu label="Switch app" align="start" entries={entries} trigger={trigger} />
    </div>
  )
}

/** Test or Live. It stays on the same page where that exists in both. */
function EnvironmentSwitch() {
  const { appId, environment } = useScope()
  const { pathname } = useLocation()
  const page = pathname.replace(`/console/${appId}/${environment}`, '')
  // A thing of one environment is not in the other; its list is.
  const list = page.startsWith('/accounts')
    ? '/accounts'
    : page.startsWith('/developer/')
      ? page.split('/').slice(0, 3).join('/')
      : page
  return (
    <nav className={style.environment} aria-label="Environment">
      {(['test', 'live'] as const).map(name => (
        <Link
          key={name}
          to={`/console/${appId}/${name}${list}`}
          search={{}}
          activeProps={{}}
          aria-current={name === environment ? 'true' : undefined}
        >
          {name === 'test' ? 'Test' : 'Live'}
        </Link>
      ))}
    </nav>
  )
}

function PageLink({ page }: { page: PageEntry }) {
  const { base } = useScope()
  const { pathname } = useLocation()
  const may = useMay(page.permission ?? '')
  if (page.permission && !may) return null
  const place = base + (page.to === '/' ? '' : page.to)
  const here =
    page.to === '/'
      ? pathname.replace(/\/$/, '') === place
      : pathname === place || pathname.startsWith(`${place}/`)
  return (
    <A to={page.to} className={style.link} aria-current={here ? 'page' : undefined}>
      <page.icon aria-hidden="true" />
      {page.name}
    </A>
  )
}

const themes: Record<Theme, { next: Theme; label: string; icon: typeof Sun }> = {
  auto: { next: 'light', label: 'Theme: as the device', icon: Monitor },
  light: { next: 'dark', label: 'Theme: light', icon: Sun },
  dark: { next: 'auto', label: 'Theme: dark', icon: Moon },
}

function Foot() {
  const { member } = useSignedIn()
  const { base } = useScope()
  const navigate = useNavigate()
  const [theme, setTheme] = useState(storedTheme)
  const { next, label, icon: Icon } = themes[theme]
  const signOut = async () => {
    await unwrap(consoleApi.POST('/console/api/sign-out'))
    // A fresh start: nothing of this member stays in the page's memory.
    location.assign('/console/sign-in')
  }
  const initials = member.name
    .split(/\s+/)
    .map(word => word[0])
    .slice(0, 2)
    .join('')
    .toUpperCase()
  const trigger = (
    <button type="button" className={style.member}>
      <span className={style.initials} aria-hidden="true">
        {initials}
      </span>
      <span className={style.name}>{member.name}</span>
    </button>
  )
  return (
    <div className={style.foot}>
      <Menu
        label={`Account of ${member.name}`}
        align="start"
        trigger={trigger}
        entries={[
          {
            label: 'Profile and sign-in',
            icon: <UserRound />,
            onSelect: () => void navigate({ to: `${base}/profile` }),
          },
          'separator',
          { label: 'Sign out', icon: <LogOut />, onSelect: () => void signOut() },
        ]}
      />
      <IconButton
        small
        label={label}
        onClick={() => {
          chooseTheme(next)
          setTheme(next)
        }}
      >
        <Icon />
      </IconButton>
    </div>
  )
}
