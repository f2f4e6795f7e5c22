import { Outlet, useLocation } from '@tanstack/react-router'
import { Menu as MenuIcon, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useScope } from '@/app/scope'
import { Badge, classes, IconButton, Kbd } from '@/ui'
import { Palette } from './Palette'
import style from './Shell.module.css'
import { Shortcuts, useShortcuts } from './Shortcuts'
import { SideBar } from './SideBar'

/** Around every page of an environment: navigation, the environment, search. */
export function Shell() {
  const { environment, environmentName } = useScope()
  const { pathname } = useLocation()
  const [open, setOpen] = useState(false)
  const [shown, setShown] = useState<'palette' | 'shortcuts'>()
  useShortcuts({ palette: () => setShown('palette'), help: () => setShown('shortcuts') })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the phone's menu
  useEffect(() => setOpen(false), [pathname])
  useEffect(() => {
    // Dialogs are drawn outside of the shell and have the environment's colour, too.
    document.body.dataset.environment = environment
  }, [environment])
  return (
    <div className={classes(style.shell, open && style.open)} data-environment={environment}>
      <a href="#main" className={style.skip}>
        Skip to content
      </a>
      <div className={style.stripe} aria-hidden="true" />
      <SideBar />
      <button
        type="button"
        className={style.veil}
        aria-label="Close menu"
        onClick={() => setOpen(false)}
      />
      <main className={style.main} id="main" tabIndex={-1}>
        <div className={style.bar}>
          <IconButton label="Menu" className={style.menu} onClick={() => setOpen(true)}>
            <MenuIcon />
          </IconButton>
          <button type="button" className={style.search} onClick={() => setShown('palette')}>
            <Search aria-hidden="true" />
            <span>Search or go to…</span>
            <Kbd>Ctrl K</Kbd>
          </button>
          <span className={style.grow} />
          <span data-testid="environment-badge">
            <Badge tone="env" dot>
              {environmentName}
            </Badge>
          </span>
        </div>
        <Outlet />
      </main>
      <Palette open={shown === 'palette'} onClose={() => setShown(undefined)} />
      <Shortcuts open={shown === 'shortcuts'} onClose={() => setShown(undefined)} />
    </div>
  )
}
