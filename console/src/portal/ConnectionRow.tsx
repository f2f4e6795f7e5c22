import { useState } from 'react'
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
  onReconnect: () => void
  onDisconnected: () => Promise<void>
}

/** One connection: who it is, since when, and how to end it. */
export function ConnectionRow({ app, connection, onReconnect, onDisconnected }: RowProps) {
  const { t, language } = useTranslations()
  const [asking, setAsking] = useState(false)
  const expired = connection.status === 'expired'
  const date = new Date(connection.connectedAt).toLocaleDateString(language, { dateStyle: 'long' })
  return (
    <div className={style.panel}>
      <div className={style.connection}>
        <div>
          <div className={style.buttons}>
            <strong>
              {t('connectedAs', { identifier: identifierText(connection.identifier) ?? app.name })}
            </strong>
            <Badge tone={expired ? 'warn' : 'good'} dot>
              {expired ? t('reconnect') : t('connected')}
            </Badge>
          </div>
          <div className={style.since}>{t('connectedSince', { date })}</div>
          {!expired && connection.needs_consent && (
            <div className={style.since}>{t('needsConsent')}</div>
          )}
        </div>
        <div className={style.buttons}>
          {(expired || connection.needs_consent) && (
            <Button onClick={onReconnect}>{t('reconnect')}</Button>
          )}
          <Button kind="dangerQuiet" onClick={() => setAsking(true)}>
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

/** Providers say who it is as a text, a number or an object. */
function identifierText(identifier: unknown): string | null {
  if (identifier === null || identifier === undefined || identifier === '') return null
  return typeof identifier === 'object' ? JSON.stringify(identifier) : String(identifier)
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
      onClose()
      await onDisconnected()
    } catch (error) {
      setFault(error)
      setBusy(false)
    }
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
