import { useCallback, useEffect, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button } from '@/ui/Button'
import { Notice } from '@/ui/Notice'
import { AppIcon } from './Apps'
import style from './AppView.module.css'
import { ConnectionRow } from './ConnectionRow'
import { ConnectPanel } from './ConnectPanel'
import { type App, type Connected, calls, useCustomer } from './context'
import { History } from './History'

type AppViewProps = { app: App; onChange: (app: App) => void; onBack: () => void }

/** What a new connection is for: a first one, one more, or one that has expired. */
export type Purpose = { connection?: string; another?: boolean }

/** One app: how it is connected, or how to connect it. */
export function AppView({ app, onChange, onBack }: AppViewProps) {
  const { t } = useTranslations()
  const { token, portal } = useCustomer()
  const [purpose, setPurpose] = useState<Purpose | undefined>(app.connected ? undefined : {})
  const [done, setDone] = useState(false)
  const [events, setEvents] = useState(0)
  useEffect(() => {
    document.title = app.name
  }, [app.name])

  const refresh = useCallback(async () => {
    const fresh = await calls.app(token, app.slug)
    onChange(fresh)
    setEvents(count => count + 1)
    return fresh
  }, [token, app.slug, onChange])

  const connected = async () => {
    await refresh()
    setPurpose(undefined)
    setDone(true)
  }
  const disconnected = async () => {
    const fresh = await refresh()
    setDone(false)
    if (!fresh.connected) setPurpose({})
  }
  const expired = app.connected_accounts.find(connection => connection.status === 'expired')
  return (
    <>
      <div className={style.back}>
        <Button kind="ghost" small onClick={onBack}>
          ← {t('back')}
        </Button>
      </div>
      <div className={style.head}>
        <AppIcon app={app} />
        <div>
          <h1>{app.name}</h1>
          <p>{app.description}</p>
        </div>
      </div>
      <div className={style.stack}>
        {done && <Notice tone="good">{t('connectedNow', { app: app.name })}</Notice>}
        {expired && !purpose && (
          <ExpiredNotice app={app} connection={expired} onReconnect={setPurpose} />
        )}
        {app.connected_accounts.map(connection => (
          <ConnectionRow
            key={connection.connection_id}
            app={app}
            connection={connection}
            onReconnect={() => setPurpose({ connection: connection.connection_id })}
            onDisconnected={disconnected}
          />
        ))}
        {purpose ? (
          <ConnectPanel
            key={`${purpose.connection ?? ''}${purpose.another ?? ''}`}
            app={app}
            purpose={purpose}
            onConnected={connected}
            onCancel={app.connected ? () => setPurpose(undefined) : undefined}
          />
        ) : (
          <div>
            <Button kind="ghost" small onClick={() => setPurpose({ another: true })}>
              + {t('anotherConnection')}
            </Button>
          </div>
        )}
        {portal.settings.connection_log && <History key={events} slug={app.slug} />}
      </div>
    </>
  )
}

type ExpiredProps = { app: App; connection: Connected; onReconnect: (purpose: Purpose) => void }

function ExpiredNotice({ app, connection, onReconnect }: ExpiredProps) {
  const { t } = useTranslations()
  const reconnect = () => onReconnect({ connection: connection.connection_id })
  return (
    <Notice
      tone="warn"
      title={t('expiredTitle', { app: app.name })}
      action={<Button onClick={reconnect}>{t('reconnect')}</Button>}
    >
      {t('expiredHint')}
    </Notice>
  )
}
