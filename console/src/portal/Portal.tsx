import { useEffect, useState } from 'react'
import { Fault } from '@/api/fault'
import { TranslationProvider, useTranslations } from '@/i18n/Translations'
import { Apps } from './Apps'
import { CustomerContext } from './context'
import { Frame } from './Frame'
import { lookOf, showLook } from './look'
import { Message } from './Message'
import { type Opened, openPortal } from './session'

/** The hosted page where a customer connects apps. */
export const Portal = () => (
  <TranslationProvider>
    <Opening />
  </TranslationProvider>
)

type State = { opened?: Opened; fault?: unknown }

// A link is exchanged once for a page, also where React mounts twice.
let opening: Promise<Opened> | undefined

function Opening() {
  const { t } = useTranslations()
  const [{ opened, fault }, setState] = useState<State>({})
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt opens again
  useEffect(() => {
    let wanted = true
    opening ??= openPortal()
    opening.then(
      result => {
        showLook(lookOf(result.portal.settings, result.portal.properties))
        if (wanted) setState({ opened: result })
      },
      (error: unknown) => {
        opening = undefined
        if (wanted) setState({ fault: error })
      },
    )
    return () => {
      wanted = false
    }
  }, [attempt])

  const retry = () => {
    setState({})
    setAttempt(attempt + 1)
  }
  if (fault) return <OpenFault fault={fault} onRetry={retry} />
  if (!opened) return <Message busy title={t('loading')} />
  const { portal, token } = opened
  return (
    <CustomerContext value={{ portal, token, organization: portal.organization }}>
      <Frame>
        <Apps />
      </Frame>
    </CustomerContext>
  )
}

function OpenFault({ fault, onRetry }: { fault: unknown; onRetry: () => void }) {
  const { t } = useTranslations()
  if (!(fault instanceof Fault)) {
    return (
      <Message
        title={t('unreachableTitle')}
        text={t('unreachable')}
        action={t('tryAgain')}
        onAction={onRetry}
      />
    )
  }
  if (fault.code === 'LINK_NEEDED' || fault.status === 401) {
    return <Message title={t('openLinkTitle')} text={t('openLink')} />
  }
  if (fault.status < 500) return <Message title={t('linkEndedTitle')} text={t('linkEnded')} />
  const text = t('failed', { organization: location.host, request: fault.requestId ?? '' })
  return <Message title={t('failedTitle')} text={text} action={t('tryAgain')} onAction={onRetry} />
}
