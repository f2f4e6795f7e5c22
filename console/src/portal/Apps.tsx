import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import style from './Apps.module.css'
import { AppView } from './AppView'
import { Catalogue } from './Catalogue'
import { type App, calls, useCustomer } from './context'
import { Fallen } from './Fallen'
import { useHash } from './useHash'

/** The apps that can be connected, or the one that is open. */
export function Apps() {
  const { token } = useCustomer()
  const [apps, setApps] = useState<App[]>()
  const [fault, setFault] = useState<unknown>()
  const [text, setText] = useState('')
  const [slug, go] = useHash()
  const from = useRef<string>(undefined)

  const load = useCallback(async () => {
    setFault(undefined)
    try {
      setApps(await calls.apps(token))
    } catch (error) {
      setFault(error)
    }
  }, [token])
  /** What was finished in another window shows; a failure leaves what is known. */
  const refresh = useCallback(() => calls.apps(token).then(setApps, () => undefined), [token])
  useEffect(() => void load(), [load])

  const changed = useCallback(
    (app: App) => setApps(known => known?.map(one => (one.slug === app.slug ? app : one))),
    [],
  )
  const open = apps?.find(app => app.slug === slug)
  useEffect(() => {
    if (apps) from.current = open?.slug ?? ''
  }, [apps, open?.slug])
  if (fault) return <Fallen error={fault} onRetry={load} />
  if (!apps) return <Loading />
  if (open) {
    const entered = from.current !== undefined
    return (
      <AppView
        key={open.slug}
        app={open}
        entered={entered}
        onChange={changed}
        onBack={() => go('')}
      />
    )
  }
  return (
    <Catalogue
      apps={apps}
      from={from.current}
      search={text}
      onSearch={setText}
      onOpen={go}
      onRefresh={refresh}
    />
  )
}

function Loading() {
  const { t } = useTranslations()
  return (
    <div role="status" className={style.loading}>
      <span className="visually-hidden">{t('loading')}</span>
      <i />
      <i />
      <i />
    </div>
  )
}
