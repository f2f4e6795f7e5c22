import { useCallback, useEffect, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button, buttonClass } from '@/ui/Button'
import { classes } from '@/ui/classes'
import style from './Apps.module.css'
import { AppView } from './AppView'
import { type App, calls, useCustomer } from './context'
import { Fallen } from './Fallen'
import { useHash } from './useHash'

/** From how many apps on a search is worth its place. */
const SEARCH_FROM = 7

/** The apps that can be connected, or the one that is open. */
export function Apps() {
  const { token } = useCustomer()
  const [apps, setApps] = useState<App[]>()
  const [fault, setFault] = useState<unknown>()
  const [slug, go] = useHash()

  const load = useCallback(async () => {
    setFault(undefined)
    try {
      setApps(await calls.apps(token))
    } catch (error) {
      setFault(error)
    }
  }, [token])
  useEffect(() => void load(), [load])

  const changed = useCallback(
    (app: App) => setApps(known => known?.map(one => (one.slug === app.slug ? app : one))),
    [],
  )
  if (fault) return <Fallen error={fault} onRetry={load} />
  if (!apps) return <Loading />
  const open = apps.find(app => app.slug === slug)
  if (open) return <AppView key={open.slug} app={open} onChange={changed} onBack={() => go('')} />
  return <Catalogue apps={apps} onOpen={go} />
}

function Loading() {
  const { t } = useTranslations()
  return (
    <p role="status" className={style.none}>
      {t('loading')}
    </p>
  )
}

function Catalogue({ apps, onOpen }: { apps: App[]; onOpen: (slug: string) => void }) {
  const { t } = useTranslations()
  const { portal, organization } = useCustomer()
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const shown = apps.filter(app =>
    `${app.name} ${app.tags.join(' ')}`.toLowerCase().includes(wanted),
  )
  const name = portal.properties.name
  useEffect(() => {
    document.title = typeof name === 'string' && name ? name : t('connectTitle')
  }, [name, t])
  return (
    <>
      <h1 className={style.heading}>
        {typeof name === 'string' && name ? name : t('connectTitle')}
      </h1>
      <p className={style.intro}>
        {apps.length ? t('connectIntro', { organization }) : t('noApps')}
      </p>
      {apps.length === 0 && <p className={style.none}>{t('noAppsHint', { organization })}</p>}
      {apps.length >= SEARCH_FROM && (
        <input
          type="search"
          className={style.search}
          aria-label={t('search')}
          placeholder={t('search')}
          value={text}
          onChange={event => setText(event.target.value)}
        />
      )}
      {shown.length === 0 && apps.length > 0 && <p className={style.none}>{t('noMatch')}</p>}
      <ul
        className={classes(style.list, portal.settings.collection === 'card' && style.cards)}
        data-collection={portal.settings.collection}
      >
        {shown.map(app => (
          <li key={app.slug}>
            <button type="button" className={style.app} onClick={() => onOpen(app.slug)}>
              <AppIcon app={app} />
              <span className={style.text}>
                <span className={style.name}>{app.name}</span>
                <span className={style.description}>{app.description}</span>
              </span>
              <StateChip app={app} />
            </button>
          </li>
        ))}
      </ul>
      <Finish />
    </>
  )
}

/** The first letter, until a connector has a picture of its own. */
export const AppIcon = ({ app }: { app: App }) => (
  <span className={style.icon} aria-hidden="true">
    {app.name.charAt(0).toUpperCase()}
  </span>
)

export function StateChip({ app }: { app: App }) {
  const { t } = useTranslations()
  if (app.connected && app.reauth_required)
    return <span className={classes(style.chip, style.chipReconnect)}>{t('reconnect')}</span>
  if (app.connected)
    return <span className={classes(style.chip, style.chipConnected)}>{t('connected')}</span>
  return <span className={classes(style.chip, style.chipConnect)}>{t('connect')}</span>
}

/** Back to the product: to where the link says, else where the settings say. */
function Finish() {
  const { t } = useTranslations()
  const { portal } = useCustomer()
  const [done, setDone] = useState(false)
  const given = portal.properties.redirect_url
  const url = typeof given === 'string' && given ? given : portal.settings.redirect_url
  if (url) {
    return (
      <div className={style.finish}>
        <a className={buttonClass({ kind: 'primary' })} href={url} rel="noreferrer">
          {t('finish')}
        </a>
      </div>
    )
  }
  // A window that a script has opened can be closed by one.
  if (!window.opener) return null
  const close = () => {
    window.close()
    setDone(true)
  }
  return (
    <div className={style.finish}>
      {done && <span>{t('done')}</span>}
      <Button kind="primary" onClick={close}>
        {t('finish')}
      </Button>
    </div>
  )
}
