import { useEffect, useRef, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button, buttonClass } from '@/ui/Button'
import { CopyButton } from '@/ui/Copy'
import { Notice } from '@/ui/Notice'
import style from './AppView.module.css'
import { type App, calls, useCustomer } from './context'
import { Fallen } from './Fallen'

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
    let timer: ReturnType<typeof setTimeout>
    const look = async () => {
      try {
        const { connected, interval } = await calls.pollDevice(token, app.slug, attempt)
        if (connected) return finished.current()
        timer = setTimeout(look, interval * 1000)
      } catch (error) {
        setFault(error)
      }
    }
    timer = setTimeout(look, (begun.interval ?? 5) * 1000)
    return () => clearTimeout(timer)
  }, [token, app.slug, attempt, begun.interval])
  if (fault !== undefined) {
    return (
      <div className={style.stack}>
        <Fallen error={fault} />
        <Button onClick={onAgain}>{t('tryAgain')}</Button>
      </div>
    )
  }
  const code = begun.user_code ?? ''
  return (
    <Notice title={t('typeCode', { app: app.name })}>
      <div className={style.stack}>
        <div className={style.buttons}>
          <span className={style.code}>{code}</span>
          <CopyButton text={code} />
        </div>
        <a
          className={buttonClass({ kind: 'primary' })}
          href={begun.verification_uri_complete ?? begun.verification_uri}
          target="_blank"
          rel="noopener noreferrer"
        >
          {t('openApp', { app: app.name })}
        </a>
        {t('waitingHint')}
      </div>
    </Notice>
  )
}
