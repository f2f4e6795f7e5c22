import { useId, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Badge } from '@/ui/Badge'
import { Button } from '@/ui/Button'
import style from './AppView.module.css'
import { Ask } from './Ask'
import { type App, type Connected, calls, useCustomer } from './context'
import { Fallen } from './Fallen'

type RowProps = {
  app: App
  connection: Connected
  /** Absent while that is being done. */
  onReconnect?: () => void
  onDisconnected: () => Promise<void>
}

/** One connection: who it is, since when, and how to end it. */
export function ConnectionRow({ app, connection, onReconnect, onDisconnected }: RowProps) {
  const { t } = useTranslations()
  const [asking, setAsking] = useState(false)
  const id = useId()
  const expired = connection.status === 'expired'
  const stale = expired || connection.needs_consent
  return (
    <div className={style.panel}>
      <div className={style.connection}>
        <div className={style.about}>
          <div className={style.named}>
            <strong id={id}>{identifierText(connection.identifier) ?? app.name}</strong>
            <Badge tone={expired ? 'warn' : 'good'} dot>
              {expired ? t('eventExpired') : t('connected')}
            </Badge>
          </div>
          <Since app={app} connection={connection} />
          {!expired && connection.needs_consent && (
            <p className={style.consent}>{t('needsConsent')}</p>
          )}
        </div>
        <div className={style.buttons}>
          {stale && onReconnect && (
            <Button
              kind={expired ? 'primary' : 'secondary'}
              className={expired ? style.accent : undefined}
              aria-describedby={id}
              onClick={onReconnect}
            >
              {t('reconnect')}
            </Button>
          )}
          <Button kind="dangerQuiet" aria-describedby={id} onClick={() => setAsking(true)}>
            {t('disconnect')}
          </Button>
        </div>
      </div>
      {asking && (
        <Disconnect
          app={app}
          connection={connection}
          onClose={() => setAsking(false)}
          onDisconnected={onDisconnected}
        />
      )}
    </div>
  )
}

/** Since when, and where there are several ways to connect, how. */
function Since({ app, connection }: { app: App; connection: Connected }) {
  const { t, language } = useTranslations()
  const date = new Date(connection.connectedAt).toLocaleDateString(language, { dateStyle: 'long' })
  const way = app.auth_options.find(option => option.id === connection.auth_option)?.label
  return (
    <p className={style.since}>
      {t('connectedSince', { date })}
      {app.auth_options.length > 1 && way && ` · ${way}`}
    </p>
  )
}

/** Providers say who it is as a text, a number or an object of these. */
function identifierText(identifier: unknown): string | null {
  if (identifier === null || identifier === undefined || identifier === '') return null
  if (typeof identifier !== 'object') return String(identifier)
  const parts = Object.values(identifier).filter(part => part && typeof part !== 'object')
  return parts.join(' · ') || null
}

type DisconnectProps = Omit<RowProps, 'onReconnect'> & { onClose: () => void }

function Disconnect({ app, connection, onClose, onDisconnected }: DisconnectProps) {
  const { t } = useTranslations()
  const { token, organization } = useCustomer()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<unknown>()
  const disconnect = async () => {
    setBusy(true)
    setFault(undefined)
    try {
      await calls.disconnect(token, app.slug, connection.connection_id)
    } catch (error) {
      setFault(error)
      setBusy(false)
      return
    }
    onClose()
    await onDisconnected()
  }
  return (
    <Ask
      title={t('disconnectTitle', { app: app.name })}
      text={t('disconnectWarning', { app: app.name, organization })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="danger" busy={busy} onClick={disconnect}>
            {t('disconnect')}
          </Button>
        </>
      }
    >
      {fault !== undefined && <Fallen error={fault} />}
    </Ask>
  )
}
