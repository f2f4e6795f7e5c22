import { useEffect, useRef, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button } from '@/ui/Button'
import { Notice } from '@/ui/Notice'
import { AppIcon } from './AppIcon'
import style from './AppView.module.css'
import { ConnectionRow } from './ConnectionRow'
import { ConnectPanel } from './ConnectPanel'
import { type App, calls, useCustomer } from './context'
import { Fallen } from './Fallen'
import { Finish } from './Finish'
import { focusOn } from './focus'
import { History } from './History'

type AppViewProps = {
  app: App
  onChange: (app: App) => void
  onBack: () => void
  /** Whether the customer came from the list; a page that has just loaded takes no focus. */
  entered: boolean
}

/** What a new connection is for: a first one, one more, or one that has expired. */
export type Purpose = { connection?: string; another?: boolean }

/** One app: how it is connected, or how to connect it. */
export function AppView({ app, onChange, onBack, entered }: AppViewProps) {
  const { t } = useTranslations()
  const { token, portal } = useCustomer()
  const [purpose, setPurpose] = useState<Purpose | undefined>(app.connected ? undefined : {})
  const [done, setDone] = useState(false)
  const [changes, setChanges] = useState(0)
  const [fault, setFault] = useState<unknown>()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = app.name
  }, [app.name])
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as the app is opened
  useEffect(() => {
    window.scrollTo(0, 0)
    if (entered) heading.current?.focus()
  }, [])

  const begin = (next: Purpose) => {
    setDone(false)
    setPurpose(next)
  }
  const cancel = () => {
    setPurpose(undefined)
    heading.current?.focus()
  }
  /** What was done has happened, also when the app cannot be asked for afterwards. */
  const update = async (connected: boolean) => {
    setFault(undefined)
    setDone(false)
    try {
      const fresh = await calls.app(token, app.slug)
      onChange(fresh)
      setPurpose(fresh.connected ? undefined : {})
      setDone(connected)
      if (!connected) heading.current?.focus()
    } catch (error) {
      setPurpose(undefined)
      setFault(error)
    }
    setChanges(count => count + 1)
  }
  const panel = purpose && (
    <ConnectPanel
      key={`${purpose.connection ?? ''}${purpose.another ?? ''}`}
      app={app}
      purpose={purpose}
      onConnected={() => update(true)}
      onCancel={app.connected ? cancel : undefined}
    />
  )
  const expired = app.connected_accounts.some(connection => connection.status === 'expired')
  return (
    <>
      <div className={style.back}>
        <Button kind="ghost" small onClick={onBack}>
          <span aria-hidden="true">←</span> {t('back')}
        </Button>
      </div>
      <div className={style.head}>
        <AppIcon app={app} />
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {app.name}
          </h1>
          <p>{app.description}</p>
        </div>
      </div>
      <div className={style.stack}>
        {done && (
          <div ref={focusOn} tabIndex={-1}>
            <Notice tone="good">{t('connectedNow', { app: app.name })}</Notice>
          </div>
        )}
        {fault !== undefined && <Fallen error={fault} onRetry={() => update(false)} />}
        {expired && !purpose && (
          <Notice tone="warn" title={t('expiredTitle', { app: app.name })}>
            {t('expiredHint')}
          </Notice>
        )}
        {app.connected_accounts.map(connection => {
          const renewed = purpose?.connection === connection.connection_id
          const renew = () => begin({ connection: connection.connection_id })
          return (
            <div key={connection.connection_id} className={style.stack}>
              <ConnectionRow
                app={app}
                connection={connection}
                onReconnect={renewed ? undefined : renew}
                onDisconnected={() => update(false)}
              />
              {renewed && panel}
            </div>
          )
        })}
        {!purpose?.connection && panel}
        {!purpose && app.connected && (
          <div className={style.more}>
            <Button kind="ghost" small onClick={() => begin({ another: true })}>
              <span aria-hidden="true">+</span> {t('anotherConnection')}
            </Button>
          </div>
        )}
        {portal.settings.connection_log && <History slug={app.slug} changes={changes} />}
      </div>
      {app.connected && !purpose && <Finish />}
    </>
  )
}
