import { Fault } from '@/api/fault'
import { useTranslations } from '@/i18n/Translations'
import { Button } from '@/ui/Button'
import { Notice } from '@/ui/Notice'
import { useCustomer } from './context'

/** A failure in words for a customer; a refusal in the server's own. */
export function Fallen({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslations()
  const { organization } = useCustomer()
  const refused = error instanceof Fault && error.status < 500
  const ended = error instanceof Fault && error.status === 401
  const title = ended
    ? t('linkEndedTitle')
    : error instanceof Fault
      ? t('failedTitle')
      : t('unreachableTitle')
  const text = ended
    ? t('linkEnded')
    : refused
      ? error.message
      : error instanceof Fault
        ? t('failed', { organization, request: error.requestId ?? '' })
        : t('unreachable')
  return (
    <Notice
      tone="bad"
      title={title}
      action={onRetry && !ended && <Button onClick={onRetry}>{t('tryAgain')}</Button>}
    >
      {text}
    </Notice>
  )
}
