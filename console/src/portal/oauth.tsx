import { useEffect, useRef, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button, buttonClass } from '@/ui/Button'
import { Notice } from '@/ui/Notice'
import style from './AppView.module.css'
import { type App, type Connected, calls, useCustomer } from './context'
import { rememberReturn } from './session'

const POLL_MS = 2000
/** How long a closed window may have finished without telling: the provider's answer takes a moment. */
const GRACE_MS = 6000
const LIMIT_MS = 300_000

type Step = 'idle' | 'waiting' | 'blocked' | 'closed' | 'denied' | 'timed-out'
type State = { step: Step; url?: string }
type Asked = { app: App; option: string; connection?: string; onConnected: () => Promise<void> }

export type OAuth = ReturnType<typeof useOAuth>

/** A consent in a second window: its opening, its end, and everything that can go wrong between. */
export function useOAuth({ app, option, connection, onConnected }: Asked) {
  const { token } = useCustomer()
  const [state, setState] = useState<State>({ step: 'idle' })
  const popup = useRef<Window | null>(null)
  const finished = useRef(onConnected)
  finished.current = onConnected

  useEffect(() => {
    if (state.step !== 'waiting') return
    const before = fingerprint(app.connected_accounts, option, connection)
    const began = Date.now()
    let closedAt = 0
    let over = false
    const isConnected = async () => {
      const fresh = await calls.app(token, app.slug).catch(() => undefined)
      return (
        fresh !== undefined && fingerprint(fresh.connected_accounts, option, connection) !== before
      )
    }
    const end = (step: Step) => {
      over = true
      setState(current => ({ ...current, step }))
    }
    const succeed = async () => {
      over = true
      popup.current?.close()
      await finished.current()
      setState({ step: 'idle' })
    }
    const look = async () => {
      if (over) return
      if (await isConnected()) return over || succeed()
      if (over) return
      if (popup.current?.closed) closedAt ||= Date.now()
      if (closedAt && Date.now() - closedAt > GRACE_MS) return end('closed')
      if (Date.now() - began > LIMIT_MS) return end('timed-out')
    }
    const told = (event: MessageEvent) => {
      if (event.origin !== location.origin || event.data?.type !== 'trunnel:oauth') return
      if (event.data.connected) void succeed()
      else end('denied')
    }
    const timer = setInterval(look, POLL_MS)
    window.addEventListener('message', told)
    return () => {
      over = true
      clearInterval(timer)
      window.removeEventListener('message', told)
    }
  }, [state.step, app, option, connection, token])

  return {
    state,
    /** To be called while the click is handled. */
    openWindow: () => window.open('', 'trunnel-connect', windowFeatures()),
    go: (opened: Window | null, url: string) => {
      popup.current = opened
      if (!opened || opened.closed) return setState({ step: 'blocked', url })
      opened.location.href = url
      setState({ step: 'waiting', url })
    },
    /** The customer has opened the window by a link, which no browser blocks. */
    opened: () => setState(current => ({ ...current, step: 'waiting' })),
    reset: () => setState({ step: 'idle' }),
  }
}

/** Changes when this way of connecting has been gone through. */
function fingerprint(accounts: Connected[], option: string, connection?: string): string {
  const mine = accounts.filter(account =>
    connection ? account.connection_id === connection : account.auth_option === option,
  )
  return mine
    .map(account => `${account.connection_id} ${account.connectedAt} ${account.status}`)
    .join('|')
}

function windowFeatures(): string {
  const [width, height] = [560, 720]
  const left = Math.max(0, Math.round(window.screenX + (window.outerWidth - width) / 2))
  const top = Math.max(0, Math.round(window.screenY + (window.outerHeight - height) / 2))
  return `popup,width=${width},height=${height},left=${left},top=${top}`
}

/** What the page says while the other window is open, or after it went wrong. */
export function OAuthProgress({ app, oauth }: { app: App; oauth: OAuth }) {
  const { t } = useTranslations()
  const { step, url } = oauth.state
  const name = { app: app.name }
  const again = <Button onClick={oauth.reset}>{t('tryAgain')}</Button>
  if (step === 'waiting') {
    return (
      <Notice
        title={t('waiting', name)}
        action={<Button onClick={oauth.reset}>{t('cancel')}</Button>}
      >
        {t('waitingHint')}
      </Notice>
    )
  }
  if (step === 'blocked') {
    return (
      <Notice tone="warn" title={t('popupBlocked', name)}>
        <div className={style.stack}>
          {t('popupBlockedHint')}
          <div className={style.buttons}>
            <a
              className={buttonClass({ kind: 'primary' })}
              href={url}
              target="_blank"
              rel="noopener opener"
              onClick={oauth.opened}
            >
              {t('openWindow')}
            </a>
            <a className={buttonClass()} href={url} onClick={rememberReturn}>
              {t('openHere')}
            </a>
          </div>
        </div>
      </Notice>
    )
  }
  const said = { closed: 'popupClosed', denied: 'consentDenied', 'timed-out': 'timedOut' } as const
  const message = step === 'idle' ? undefined : said[step]
  return message && <Notice tone="warn" title={t(message, name)} action={again} />
}
