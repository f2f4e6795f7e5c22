import { useEffect, useRef } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { classes } from '@/ui/classes'
import { AppIcon, StateChip } from './AppIcon'
import style from './Apps.module.css'
import { type App, useCustomer } from './context'
import { Finish } from './Finish'

/** From how many apps on a search is worth its place. */
const SEARCH_FROM = 7

type CatalogueProps = {
  apps: App[]
  /** The app that the customer comes back from. */
  from?: string
  search: string
  onSearch: (text: string) => void
  onOpen: (slug: string) => void
  onRefresh: () => void
}

/** All apps, as a list or as cards. */
export function Catalogue({ apps, from, search, onSearch, onOpen, onRefresh }: CatalogueProps) {
  const { t } = useTranslations()
  const { portal, organization } = useCustomer()
  const list = useRef<HTMLUListElement>(null)
  const wanted = search.trim().toLowerCase()
  const shown = apps.filter(app =>
    `${app.name} ${app.tags.join(' ')}`.toLowerCase().includes(wanted),
  )
  const { name } = portal.properties
  const title = typeof name === 'string' && name ? name : t('connectTitle')
  useEffect(() => {
    document.title = title
  }, [title])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only where the customer comes back
  useEffect(() => {
    if (!from) return
    list.current?.querySelector<HTMLElement>(`[data-slug="${CSS.escape(from)}"]`)?.focus()
    onRefresh()
  }, [])
  useEffect(() => {
    window.addEventListener('focus', onRefresh)
    return () => window.removeEventListener('focus', onRefresh)
  }, [onRefresh])
  if (apps.length === 0) {
    return (
      <>
        <h1 className={style.heading}>{title}</h1>
        <div className={style.empty}>
          <strong>{t('noApps')}</strong>
          <p>{t('noAppsHint', { organization })}</p>
        </div>
        <Finish />
      </>
    )
  }
  return (
    <>
      <h1 className={style.heading}>{title}</h1>
      <p className={style.intro}>{t('connectIntro', { organization })}</p>
      {apps.length >= SEARCH_FROM && (
        <input
          type="search"
          className={style.search}
          aria-label={t('search')}
          placeholder={t('search')}
          value={search}
          onChange={event => onSearch(event.target.value)}
        />
      )}
      <p role="status" className={style.none}>
        {shown.length === 0 && t('noMatch')}
      </p>
      <ul
        ref={list}
        className={classes(style.list, portal.settings.collection === 'card' && style.cards)}
        data-collection={portal.settings.collection}
      >
        {shown.map(app => (
          <li key={app.slug}>
            <button
              type="button"
              className={style.app}
              data-slug={app.slug}
              onClick={() => onOpen(app.slug)}
            >
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
