import { useEffect, useRef, useState } from 'react'
import { Fault } from '@/api/fault'
import { useTranslations } from '@/i18n/Translations'
import { Button, buttonClass, Spinner } from '@/ui/Button'
import { CopyButton } from '@/ui/Copy'
import { classes } from '@/ui/classes'
import style from './AppView.module.css'
import { type App, calls, useCustomer } from './context'
import { Fallen } from './Fallen'

/** After so many failures in a row, the last one is shown. */
const FAILURES = 3

type Begun = Awaited<ReturnType<typeof calls.begin>>
type DeviceProps = { app: App; begun: Begun; onConnected: () => Promise<void>; onAgain: () => void }

/** A code that the customer types at the provider, on this device or another. */
export function DeviceCode({ app, begun, onConnected, onAgain }: DeviceProps) {
  const { t } = useTranslations()
  const { token } = useCustomer()
  const [fault, setFault] = useState<unknown>()
  const finished = useRef(onConnected)
  finished.current = onConnected
  const attempt = begun.device_attempt ?? ''
  useEffect(() => {
    let seconds = begun.interval ?? 5
    let failures = 0
    let over = false
    const look = async () => {
      try {
        const progress = await calls.pollDevice(token, app.slug, attempt)
        if (over) return
        if (progress.connected) return finished.current()
        seconds = progress.interval
        failures = 0
      } catch (error) {
        if (over) return
        failures += 1
        const refused = error instanceof Fault && error.status < 500
        if (refused || failures === FAILURES) return setFault(error)
      }
      timer = setTimeout(look, seconds * 1000)
    }
    let timer = setTimeout(look, seconds * 1000)
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [token, app.slug, attempt, begun.interval])
  if (fault !== undefined) {
    return (
      <div className={style.stack}>
        <Fallen error={fault} />
        <div>
          <Button onClick={onAgain}>{t('tryAgain')}</Button>
        </div>
      </div>
    )
  }
  const code = begun.user_code ?? ''
  return (
    <div className={style.stack}>
      <div role="status" className={style.stack}>
        <strong>{t('typeCode', { app: app.name })}</strong>
        <div className={style.code}>
          <span>{code}</span>
          <CopyButton text={code} label={t('copy')} done={t('copied')} />
        </div>
        <div className={style.waiting}>
          <Spinner />
          <p className={style.since}>{t('waitingDevice')}</p>
        </div>
      </div>
      <div className={style.buttons}>
        <a
          className={classes(buttonClass({ kind: 'primary' }), style.accent)}
          href={begun.verification_uri_complete ?? begun.verification_uri}
          target="_blank"
          rel="noopener noreferrer"
        >
          {t('openApp', { app: app.name })}
        </a>
        <Button kind="ghost" onClick={onAgain}>
          {t('cancel')}
        </Button>
      </div>
    </div>
  )
}
