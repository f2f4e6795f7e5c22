import { useEffect, useRef, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button } from '@/ui/Button'
import { Ask } from './Ask'

/** Asks before what was typed is lost: by going back in the page, or by closing it. */
export function LeaveGuard({ when }: { when: boolean }) {
  const { t } = useTranslations()
  const [wanted, setWanted] = useState<string>()
  const guarding = useRef(when)
  guarding.current = when
  useEffect(() => {
    const here = location.hash
    const changed = (event: HashChangeEvent) => {
      if (!guarding.current || location.hash === here) return
      // The page's own listener must not see it: first back to here, then ask.
      event.stopImmediatePropagation()
      const next = location.hash
      history.replaceState(null, '', here || location.pathname)
      setWanted(next)
    }
    const closing = (event: BeforeUnloadEvent) => {
      if (guarding.current) event.preventDefault()
    }
    window.addEventListener('hashchange', changed, { capture: true })
    window.addEventListener('beforeunload', closing)
    return () => {
      window.removeEventListener('hashchange', changed, { capture: true })
      window.removeEventListener('beforeunload', closing)
    }
  }, [])
  if (wanted === undefined) return null
  const leave = () => {
    guarding.current = false
    location.hash = wanted
  }
  return (
    <Ask
      title={t('leaveTitle')}
      text={t('leaveWarning')}
      onClose={() => setWanted(undefined)}
      actions={
        <>
          <Button onClick={() => setWanted(undefined)}>{t('stay')}</Button>
          <Button kind="danger" onClick={leave}>
            {t('leave')}
          </Button>
        </>
      }
    />
  )
}
