import { useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button } from '@/ui/Button'
import { Choices } from '@/ui/Field'
import type { Purpose } from './AppView'
import style from './AppView.module.css'
import { type App, type AuthOption, calls, useCustomer } from './context'
import { DeviceCode } from './DeviceCode'
import { Fallen } from './Fallen'
import { Fields, useFields } from './Fields'
import { focusOn } from './focus'
import { LeaveGuard } from './LeaveGuard'
import { OAuthEnded, OAuthWaiting, useOAuth } from './oauth'

type ConnectProps = {
  app: App
  purpose: Purpose
  onConnected: () => Promise<void>
  onCancel?: () => void
}

/** How to connect: the way, what has to be typed for it, and the button. */
export function ConnectPanel({ app, purpose, onConnected, onCancel }: ConnectProps) {
  const { t } = useTranslations()
  const options = waysFor(app, purpose)
  const [chosen, setChosen] = useState(options[0]?.id ?? '')
  const option = options.find(known => known.id === chosen) ?? options[0]
  if (!option) return null
  const heading = purpose.connection ? t('reconnect') : purpose.another && t('anotherConnection')
  return (
    <div className={style.panel}>
      {heading && (
        <h2 ref={focusOn} tabIndex={-1}>
          {heading}
        </h2>
      )}
      {options.length > 1 && (
        <Choices
          label={t('howToConnect')}
          value={option.id}
          onChange={setChosen}
          choices={options.map(known => ({ value: known.id, label: known.label }))}
        />
      )}
      <ConnectWay
        key={option.id}
        app={app}
        option={option}
        purpose={purpose}
        onConnected={onConnected}
        onCancel={onCancel}
      />
    </div>
  )
}

/** An expired connection is renewed in the way in which it was made. */
function waysFor(app: App, purpose: Purpose): AuthOption[] {
  const known = app.connected_accounts.find(
    connection => connection.connection_id === purpose.connection,
  )
  if (!known) return app.auth_options
  const same = app.auth_options.filter(option => option.id === known.auth_option)
  return same.length ? same : app.auth_options
}

function ConnectWay({
  app,
  option,
  purpose,
  onConnected,
  onCancel,
}: ConnectProps & { option: AuthOption }) {
  const { t } = useTranslations()
  const { token } = useCustomer()
  const fields = useFields(option.fields)
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<unknown>()
  const target = { option: option.id, ...purpose }
  const oauth = useOAuth({ app, option: option.id, connection: purpose.connection, onConnected })
  const [device, setDevice] = useState<Awaited<ReturnType<typeof calls.begin>>>()

  const submit = async () => {
    if (busy || !fields.check(t('required'))) return
    setBusy(true)
    setFault(undefined)
    // A window may be opened only while the click is handled, before anything is waited for.
    const popup = option.method === 'redirect' ? oauth.openWindow() : null
    try {
      if (option.method === 'redirect') {
        const begun = await calls.begin(token, app.slug, target, fields.texts())
        oauth.go(popup, begun.auth_url)
      } else if (option.method === 'device_code') {
        setDevice(await calls.begin(token, app.slug, target, fields.texts()))
      } else {
        await calls.saveKeys(token, app.slug, target, fields.typed())
        fields.forget()
        await onConnected()
      }
    } catch (error) {
      popup?.close()
      if (!fields.blame(error)) setFault(error)
    } finally {
      setBusy(false)
    }
  }
  const away = oauth.state.step === 'waiting' || oauth.state.step === 'blocked'
  if (away) return <OAuthWaiting app={app} oauth={oauth} />
  if (device)
    return (
      <DeviceCode
        app={app}
        begun={device}
        onConnected={onConnected}
        onAgain={() => setDevice(undefined)}
      />
    )
  return (
    <form
      className={style.stack}
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <LeaveGuard when={fields.dirty} />
      <Fields fields={fields} />
      {fault !== undefined && <Fallen error={fault} />}
      <OAuthEnded app={app} oauth={oauth} />
      <div className={style.buttons}>
        <Button type="submit" kind="primary" className={style.go} busy={busy}>
          {option.method === 'redirect' ? t('continueTo', { app: app.name }) : t('connect')}
        </Button>
        {onCancel && (
          <Button kind="ghost" onClick={onCancel}>
            {t('cancel')}
          </Button>
        )}
      </div>
    </form>
  )
}
