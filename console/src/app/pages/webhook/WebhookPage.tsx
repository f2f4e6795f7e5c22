import { Page } from '@/ui'

export const WebhookPage = () => <Page title="WebhookPage">{null}</Page>
